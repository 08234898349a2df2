//! Which row goes with which column, at the least total cost (the Hungarian method).

/// A table of costs, rows x columns.
#[derive(Clone, Debug)]
pub(super) struct CostTable {
    rows: usize,
    columns: usize,
    costs: Vec<f64>,
}

impl CostTable {
    /// Every pair at `cost`.
    pub fn new(rows: usize, columns: usize, cost: f64) -> Self {
        Self { rows, columns, costs: vec![cost; rows * columns] }
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.costs[row * self.columns + column]
    }

    pub fn set(&mut self, row: usize, column: usize, cost: f64) {
        self.costs[row * self.columns + column] = cost;
    }

    fn transposed(&self) -> Self {
        let mut transposed = Self::new(self.columns, self.rows, 0.0);
        for row in 0..self.rows {
            for column in 0..self.columns {
                transposed.set(column, row, self.get(row, column));
            }
        }
        transposed
    }
}

/// The pairs (row, column) of the matching with the least sum, by row. As many pairs as the shorter side is long; costs
/// must be finite.
pub(super) fn cheapest_pairs(table: &CostTable) -> Vec<(usize, usize)> {
    let mut pairs: Vec<_> = if table.rows <= table.columns {
        match_rows(table)
    } else {
        match_rows(&table.transposed()).into_iter().map(|(column, row)| (row, column)).collect()
    };
    pairs.sort_unstable();
    pairs
}

/// For tables with no more rows than columns: gives every row a column, one row after the other, each along the
/// cheapest path of re-matchings. `row_price` + `column_price` never exceed a cost and equal it on matched pairs.
/// Time: rows² · columns.
fn match_rows(table: &CostTable) -> Vec<(usize, usize)> {
    let (rows, columns) = (table.rows, table.columns);
    // One column more than there are: the row that looks for a partner is "matched" to it while it looks.
    let looking = columns;
    let mut row_price = vec![0.0; rows];
    let mut column_price = vec![0.0; columns + 1];
    let mut row_of: Vec<Option<usize>> = vec![None; columns + 1];
    for new_row in 0..rows {
        row_of[looking] = Some(new_row);
        let mut at = looking;
        let mut slack = vec![f64::INFINITY; columns];
        let mut came_from = vec![looking; columns];
        let mut visited = vec![false; columns + 1];
        while let Some(row) = row_of[at] {
            visited[at] = true;
            let mut step = f64::INFINITY;
            let mut next = at;
            for column in (0..columns).filter(|&column| !visited[column]) {
                let reduced = table.get(row, column) - row_price[row] - column_price[column];
                if reduced < slack[column] {
                    slack[column] = reduced;
                    came_from[column] = at;
                }
                if slack[column] < step {
                    step = slack[column];
                    next = column;
                }
            }
            for column in 0..=columns {
                match row_of[column] {
                    Some(row) if visited[column] => {
                        row_price[row] += step;
                        column_price[column] -= step;
                    }
                    _ if column < columns => slack[column] -= step,
                    _ => {}
                }
            }
            at = next;
        }
        while at != looking {
            let before = came_from[at];
            row_of[at] = row_of[before];
            at = before;
        }
    }
    (0..columns).filter_map(|column| Some((row_of[column]?, column))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(rows: usize, columns: usize, costs: &[f64]) -> CostTable {
        CostTable { rows, columns, costs: costs.to_vec() }
    }

    fn sum(table: &CostTable, pairs: &[(usize, usize)]) -> f64 {
        pairs.iter().map(|&(row, column)| table.get(row, column)).sum()
    }

    /// The least sum by trying everything.
    fn least_sum(table: &CostTable, row: usize, taken: &mut Vec<bool>) -> f64 {
        if row == table.rows {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..table.columns {
            if !taken[column] {
                taken[column] = true;
                best = best.min(table.get(row, column) + least_sum(table, row + 1, taken));
                taken[column] = false;
            }
        }
        best
    }

    #[test]
    fn the_whole_decides_and_not_the_first_bargain() {
        let costs = table(2, 2, &[1.0, 2.0, 1.5, 9.0]);
        assert_eq!(cheapest_pairs(&costs), [(0, 1), (1, 0)]);
        assert_eq!(cheapest_pairs(&table(3, 1, &[3.0, 1.0, 2.0])), [(1, 0)]);
        assert_eq!(cheapest_pairs(&table(0, 3, &[])), []);
        assert_eq!(cheapest_pairs(&table(3, 0, &[])), []);
    }

    proptest! {
        #[test]
        fn no_matching_is_cheaper(rows in 0usize..6, columns in 0usize..6, costs in prop::collection::vec(-20.0..4.0f64, 36)) {
            let costs = table(rows, columns, &costs[..rows * columns]);
            let pairs = cheapest_pairs(&costs);
            prop_assert_eq!(pairs.len(), rows.min(columns));
            let upright = if rows <= columns { costs.clone() } else { costs.transposed() };
            let best = least_sum(&upright, 0, &mut vec![false; upright.columns]);
            prop_assert!((sum(&costs, &pairs) - best).abs() < 1e-9, "{:?} {}", pairs, best);
        }
    }
}
