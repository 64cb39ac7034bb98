//! Calendar dates.

use serde::Deserialize;
use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "Written")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Toml(toml::value::Datetime),
}

impl Date {
    /// Reads `2027-01-31`.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let is_written =
            parts.next().is_none() && [year.len(), month.len(), day.len()] == [4, 2, 2];
        let date =
            Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        let is_real =
            (1..=12).contains(&date.month) && (1..=date.month_length()).contains(&date.day);
        (is_written && is_real).then_some(date)
    }

    /// The day that many seconds after 1970-01-01 in UTC.
    pub fn from_unix(seconds: u64) -> Date {
        let mut days = seconds / 86_400;
        let mut date = Date { year: 1970, month: 1, day: 1 };
        loop {
            let length = u64::from(date.year_length());
            if days < length {
                break;
            }
            days -= length;
            date.year += 1;
        }
        while days >= u64::from(date.month_length()) {
            days -= u64::from(date.month_length());
            date.month += 1;
        }
        date.day += days as u8;
        date
    }

    /// The days since 1970-01-01.
    pub fn days(self) -> u32 {
        let years = (1970..self.year).map(|year| Date { year, ..self }.year_length());
        let months = (1..self.month).map(|month| u32::from(Date { month, ..self }.month_length()));
        years.chain(months).sum::<u32>() + u32::from(self.day) - 1
    }

    fn year_length(self) -> u32 {
        if self.is_leap() { 366 } else { 365 }
    }

    fn is_leap(self) -> bool {
        self.year.is_multiple_of(4)
            && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400))
    }

    fn month_length(self) -> u8 {
        match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if self.is_leap() => 29,
            2 => 28,
            _ => 31,
        }
    }
}

impl TryFrom<Written> for Date {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Date, &'static str> {
        let text = match written {
            Written::Text(text) => text,
            Written::Toml(date) => date.to_string(),
        };
        Date::parse(&text).ok_or("a date is written as 2027-01-31")
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(Date::from_unix(0).to_string(), "1970-01-01");
        assert_eq!(Date::from_unix(951_782_400).to_string(), "2000-02-29");
        assert_eq!(Date::from_unix(1_798_675_200).to_string(), "2026-12-31");
        for days in [0, 58, 59, 60, 11_016, 20_817] {
            assert_eq!(Date::from_unix(u64::from(days) * 86_400).days(), days);
        }
        for wrong in ["2027-02-29", "2027-13-01", "27-01-01", "2027-1-1", "2027-01-01-01", ""] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert!(Date::parse("2027-01-31") < Date::parse("2027-02-01"));
    }
}
