//! Takes typed values out of a TOML table and notes every fault on the way.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Faults};
use super::suggest::did_you_mean;

/// A value and where it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

impl<T> At<T> {
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), span: self.span }
    }
}

/// Reads one table. A missing or mistyped value becomes a fault and `None`; reading goes on. [`finish`](Self::finish)
/// makes a fault of every key that nobody asked for.
pub struct TableReader<'a> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    asked: Vec<&'static str>,
    faults: &'a Faults,
}

impl<'a> TableReader<'a> {
    pub fn new(table: &'a Spanned<DeTable<'a>>, faults: &'a Faults) -> Self {
        Self { table: table.get_ref(), span: table.span(), asked: Vec::new(), faults }
    }

    /// Where the table stands: its head.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub fn faults(&self) -> &'a Faults {
        self.faults
    }

    /// A fault when `key` is missing.
    pub fn require(&mut self, key: &'static str) -> &mut Self {
        if !self.table.contains_key(key) {
            self.asked.push(key);
            self.faults.add(Fault::error(self.span.clone(), format!("`{key}` is missing here")));
        }
        self
    }

    fn value(&mut self, key: &'static str) -> Option<(&'a DeValue<'a>, Range<usize>)> {
        self.asked.push(key);
        self.table.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// The value converted, or a fault that says what was expected.
    fn typed<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        convert: impl FnOnce(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<At<T>> {
        let (value, span) = self.value(key)?;
        match convert(value) {
            Some(value) => Some(At { value, span }),
            None => {
                let found = value.type_str();
                self.faults.add(Fault::error(span, format!("`{key}` must be {expected}, and this is {found}")));
                None
            }
        }
    }

    pub fn string(&mut self, key: &'static str) -> Option<At<String>> {
        self.typed(key, "a string in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// Integers are numbers, too. Not-a-number and infinity are none.
    pub fn number(&mut self, key: &'static str) -> Option<At<f64>> {
        self.typed(key, "a number", number)
    }

    pub fn whole_number(&mut self, key: &'static str) -> Option<At<i64>> {
        self.typed(key, "a whole number", whole_number)
    }

    pub fn boolean(&mut self, key: &'static str) -> Option<At<bool>> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    /// A date and time as TOML writes it, with or without offset.
    pub fn date_time(&mut self, key: &'static str) -> Option<At<toml::value::Datetime>> {
        self.typed(key, "a date and time such as 2026-06-15T07:00:00", |value| value.as_datetime().copied())
    }

    /// Exactly `N` numbers.
    pub fn numbers<const N: usize>(&mut self, key: &'static str) -> Option<At<[f64; N]>> {
        self.typed(key, &format!("a list of {N} numbers"), |value| {
            let list: Vec<f64> = value.as_array()?.iter().map(|item| number(item.get_ref())).collect::<Option<_>>()?;
            list.try_into().ok()
        })
    }

    /// Any number of whole numbers.
    pub fn whole_numbers(&mut self, key: &'static str) -> Option<At<Vec<i64>>> {
        self.typed(key, "a list of whole numbers", |value| {
            value.as_array()?.iter().map(|item| whole_number(item.get_ref())).collect()
        })
    }

    /// Any number of strings.
    pub fn strings(&mut self, key: &'static str) -> Option<At<Vec<String>>> {
        self.typed(key, "a list of strings in quotes", |value| {
            value.as_array()?.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
        })
    }

    pub fn table(&mut self, key: &'static str) -> Option<TableReader<'a>> {
        let faults = self.faults;
        let table = self.typed(key, &format!("a table, [{key}]"), DeValue::as_table)?;
        Some(TableReader { table: table.value, span: table.span, asked: Vec::new(), faults })
    }

    /// The tables of an array of tables, `[[key]]`; none when there is no such key.
    pub fn tables(&mut self, key: &'static str) -> Vec<TableReader<'a>> {
        let faults = self.faults;
        let expected = format!("a list of tables, each headed [[{key}]]");
        let tables = self.typed(key, &expected, |value| {
            value
                .as_array()?
                .iter()
                .map(|item| {
                    let table = item.get_ref().as_table()?;
                    Some(TableReader { table, span: item.span(), asked: Vec::new(), faults })
                })
                .collect::<Option<Vec<_>>>()
        });
        tables.map_or_else(Vec::new, |tables| tables.value)
    }

    /// Every entry of a table whose keys are free, such as a class map.
    pub fn entries(&self) -> impl Iterator<Item = (At<&'a str>, &'a DeValue<'a>, Range<usize>)> {
        self.table.iter().map(|(key, value)| {
            let name = At { value: key.get_ref().as_ref(), span: key.span() };
            (name, value.get_ref(), value.span())
        })
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let mut known: Vec<&str> = self.asked.clone();
            known.sort_unstable();
            known.dedup();
            let hint = match did_you_mean(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.faults.add(Fault::error(key.span(), format!("unknown key `{name}`")).hint(hint));
        }
    }
}

fn number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().replace('_', "").parse().ok().filter(|number: &f64| number.is_finite()),
        DeValue::Integer(_) => whole_number(value).map(|number| number as f64),
        _ => None,
    }
}

fn whole_number(value: &DeValue) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

#[cfg(test)]
mod tests {
    use super::super::TomlFile;
    use super::*;

    fn read(text: &str, read: impl FnOnce(&mut TableReader)) -> String {
        let file = TomlFile { path: "t.toml".into(), text: text.to_owned() };
        let faults = Faults::default();
        let table = file.parse(&faults);
        let mut reader = TableReader::new(&table, &faults);
        read(&mut reader);
        reader.finish();
        drop(table);
        file.clone().report(faults).to_string()
    }

    #[test]
    fn every_fault_is_reported_with_place_and_hint() {
        let shown = read("name = 5\nentery = \"lot\"\n", |reader| {
            reader.string("name");
            reader.require("entry").string("entry");
        });
        assert!(shown.contains("t.toml:1:8"), "{shown}");
        assert!(shown.contains("`name` must be a string in quotes, and this is integer"), "{shown}");
        assert!(shown.contains("`entry` is missing here"), "{shown}");
        assert!(shown.contains("did you mean `entry`?"), "{shown}");
    }

    #[test]
    fn numbers_come_in_every_spelling_and_never_as_nan() {
        let shown = read("a = 1_000\nb = 0x10\nc = 1.5e1\nd = nan\ne = [1, 2.5]", |reader| {
            assert_eq!(reader.number("a").unwrap().value, 1000.0);
            assert_eq!(reader.number("b").unwrap().value, 16.0);
            assert_eq!(reader.number("c").unwrap().value, 15.0);
            assert_eq!(reader.number("d"), None);
            assert_eq!(reader.numbers::<2>("e").unwrap().value, [1.0, 2.5]);
            assert_eq!(reader.numbers::<3>("e"), None);
        });
        assert_eq!(shown.matches("error").count(), 2, "{shown}");
    }
}
