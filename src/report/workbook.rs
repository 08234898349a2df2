//! A report as a workbook for spreadsheets (XLSX). The same document gives the same bytes.

use jiff::Zoned;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::completeness::duration;
use super::document::ReportDocument;
use super::sheet::{Cell, Sheet, begins_as_formula};
use super::sheets::SheetName;

const TABS: [SheetName; 11] = [
    SheetName::Lots,
    SheetName::Lines,
    SheetName::Cameras,
    SheetName::Classes,
    SheetName::LotSteps,
    SheetName::Steps,
    SheetName::CameraSteps,
    SheetName::ClassSteps,
    SheetName::Gaps,
    SheetName::Adjustments,
    SheetName::Alerts,
];

/// How cells look, made once for a workbook.
struct Formats {
    heading: Format,
    header: Format,
    number: Format,
    count: Format,
    change: Format,
    percent: Format,
    moment: Format,
    length: Format,
    blind: Format,
    text: Format,
    quoted: Format,
}

impl Formats {
    fn new() -> Self {
        let number = |code: &str| Format::new().set_num_format(code);
        Self {
            heading: Format::new().set_bold().set_font_size(14),
            header: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Thin),
            number: number("0.0"),
            count: number("#,##0"),
            change: number("+#,##0;-#,##0;0"),
            percent: number("0.0%"),
            moment: number("yyyy-mm-dd hh:mm"),
            length: number("[h]:mm:ss"),
            blind: Format::new().set_italic().set_font_color(Color::RGB(0x0066_6666)).set_align(FormatAlign::Right),
            text: Format::new(),
            // Stays text when somebody edits the cell, too.
            quoted: Format::new().set_quote_prefix(),
        }
    }
}

impl ReportDocument {
    /// The bytes of the file.
    pub fn to_workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let formats = Formats::new();
        let mut workbook = Workbook::new();
        // When it is made is no part of what it says.
        let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(
            &DocProperties::new()
                .set_title(format!("{}, {}", self.site, self.period))
                .set_author("lotcount")
                .set_creation_datetime(&created),
        );
        self.write_summary(workbook.add_worksheet(), &formats)?;
        for tab in TABS {
            let sheet = self.sheet(tab);
            write_sheet(workbook.add_worksheet(), &sheet, &formats)?;
        }
        workbook.save_to_buffer()
    }

    fn write_summary(&self, tab: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
        tab.set_name("summary")?.set_column_width(0, 26)?.set_column_width(1, 60)?;
        write_text(tab, 0, 0, &format!("{}, {}", self.site, self.period), &formats.heading, formats)?;
        let clock = |moment: &Zoned| moment.strftime("%Y-%m-%d %H:%M %:z").to_string();
        let mut facts = vec![
            ("Site", self.site.clone()),
            ("Period", self.period.clone()),
            ("From", clock(&self.start)),
            ("Until", clock(&self.end)),
            ("Time zone", self.time_zone.clone()),
            ("Offset from UTC", self.offsets_in_words()),
            ("Step", self.step.name().to_owned()),
            ("Times", "in local time; beside each stands its offset from UTC".to_owned()),
            ("Completeness", self.completeness()),
            ("blind", "not observed: how many cars there were is not known, it is not 0".to_owned()),
        ];
        if let Some(revision) = self.revision {
            facts.push(("Revision", revision.to_string()));
        }
        for row in &self.lots {
            facts.extend(row.remarks().into_iter().map(|remark| ("Remark", format!("{}: {remark}", row.figures.lot))));
        }
        for (row, (what, text)) in (2..).zip(&facts) {
            tab.write_string_with_format(row, 0, *what, &formats.header)?;
            write_text(tab, row, 1, text, &formats.text.clone().set_text_wrap(), formats)?;
        }
        let row = facts.len() as u32 + 3;
        write_table(tab, row, &self.headline_sheet(), formats)
    }

    /// What one wants to know of each lot first.
    fn headline_sheet(&self) -> Sheet {
        let columns = [
            ("lot", "Lot"),
            ("entries", "Entries"),
            ("exits", "Exits"),
            ("mean", "Mean inside"),
            ("peak", "Peak inside"),
            ("utilization", "Utilization"),
            ("mean_stay", "Mean stay"),
            ("coverage", "Coverage"),
        ];
        let mut sheet = Sheet::new("summary", "", &columns);
        for row in &self.lots {
            let figures = &row.figures;
            let inside = figures.inside.as_ref();
            sheet.add([
                Cell::text(&figures.lot),
                Cell::counted(figures.entries, &figures.coverage),
                Cell::counted(figures.exits, &figures.coverage),
                Cell::some(inside, |inside| Cell::Number(inside.mean)),
                Cell::some(inside, |inside| Cell::Count(inside.peak)),
                Cell::some(inside.and_then(|inside| inside.utilization), Cell::Share),
                row.stay.map_or_else(|why| Cell::Text(why.to_string()), |us| Cell::Text(duration(us.unsigned_abs()))),
                Cell::Coverage(figures.coverage),
            ]);
        }
        sheet
    }
}

fn write_sheet(tab: &mut Worksheet, sheet: &Sheet, formats: &Formats) -> Result<(), XlsxError> {
    tab.set_name(sheet.name)?.set_freeze_panes(1, 0)?.set_landscape().set_print_fit_to_pages(1, 0);
    write_table(tab, 0, sheet, formats)?;
    let (last, width) = (sheet.rows.len() as u32, columns_of(sheet));
    if last > 0 && width > 0 {
        tab.autofilter(0, 0, last, width - 1)?;
    }
    Ok(())
}

/// Each moment has a second column with its offset from UTC: a cell of a spreadsheet cannot hold that.
fn columns_of(sheet: &Sheet) -> u16 {
    (0..sheet.columns.len()).map(|index| if is_moment(sheet, index) { 2 } else { 1 }).sum()
}

fn is_moment(sheet: &Sheet, index: usize) -> bool {
    sheet.rows.iter().any(|row| matches!(row[index], Cell::Moment(_)))
}

fn write_table(tab: &mut Worksheet, first: u32, sheet: &Sheet, formats: &Formats) -> Result<(), XlsxError> {
    let mut place: u16 = 0;
    for (index, column) in sheet.columns.iter().enumerate() {
        let moment = is_moment(sheet, index);
        tab.write_string_with_format(first, place, column.title, &formats.header)?;
        if moment {
            tab.write_string_with_format(first, place + 1, format!("{} (UTC offset)", column.title), &formats.header)?;
        }
        for (row, cells) in (first + 1..).zip(&sheet.rows) {
            write_cell(tab, row, place, &cells[index], formats)?;
        }
        if first == 0 {
            let longest = sheet.rows.iter().map(|row| width(&row[index])).max().unwrap_or(0);
            tab.set_column_width(place, longest.max(column.title.len().min(12)).clamp(8, 48) as f64 + 1.0)?;
        }
        place += if moment { 2 } else { 1 };
    }
    Ok(())
}

/// Characters, about.
fn width(cell: &Cell) -> usize {
    match cell {
        Cell::Text(text) => text.chars().count(),
        Cell::Moment(_) => 16,
        _ => 9,
    }
}

fn write_cell(tab: &mut Worksheet, row: u32, column: u16, cell: &Cell, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Blind => {
            tab.write_string_with_format(row, column, "blind", &formats.blind)?;
        }
        Cell::Text(text) => write_text(tab, row, column, text, &formats.text, formats)?,
        Cell::Count(number) => {
            tab.write_number_with_format(row, column, *number as f64, &formats.count)?;
        }
        Cell::Change(number) => {
            tab.write_number_with_format(row, column, *number as f64, &formats.change)?;
        }
        Cell::Number(number) => {
            tab.write_number_with_format(row, column, *number, &formats.number)?;
        }
        Cell::Share(share) => {
            tab.write_number_with_format(row, column, *share, &formats.percent)?;
        }
        Cell::Coverage(coverage) => match coverage.share() {
            Some(share) => {
                tab.write_number_with_format(row, column, share, &formats.percent)?;
            }
            None => {
                tab.write_string_with_format(row, column, "unknown", &formats.blind)?;
            }
        },
        Cell::Moment(moment) => {
            tab.write_datetime_with_format(row, column, moment.datetime(), &formats.moment)?;
            tab.write_string(row, column + 1, moment.strftime("%:z").to_string())?;
        }
        Cell::Length(us) => {
            tab.write_number_with_format(row, column, *us as f64 / 86_400e6, &formats.length)?;
        }
    }
    Ok(())
}

/// Always as text: a cell of text is never run, and one that looks like a formula is marked so that it stays text.
fn write_text(
    tab: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    format: &Format,
    formats: &Formats,
) -> Result<(), XlsxError> {
    let format = if begins_as_formula(text) { &formats.quoted } else { format };
    tab.write_string_with_format(row, column, text, format)?;
    Ok(())
}
