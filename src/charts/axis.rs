//! Axes that name exactly the values they are given: linear, logarithmic, or categories.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis of a chart: where values lie on it, and which of them are named.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What stands beside it.
    pub(super) name: String,
    range: Range<f64>,
    /// Places on the axis with their labels.
    ticks: Vec<(f64, String)>,
    log: bool,
}

impl Axis {
    /// An axis that holds all `values`, at equal differences.
    pub fn linear(name: &str, values: &[f64]) -> Self {
        let (low, high) = ends(values.iter().copied());
        let margin = if high > low { (high - low) * 0.06 } else { low.abs().max(1.0) * 0.1 };
        let range = low - margin..high + margin;
        let step = nice_step((range.end - range.start) / 4.5);
        let first = (range.start / step).ceil();
        let ticks = (0..20).map(|i| (first + f64::from(i)) * step).filter(|tick| *tick <= range.end);
        // −0 is 0.
        Self { name: name.into(), ticks: ticks.map(|tick| (tick, short(tick + 0.0))).collect(), range, log: false }
    }

    /// An axis that holds all `values` above 0, at equal ratios.
    pub fn logarithmic(name: &str, values: &[f64]) -> Self {
        let (low, high) = ends(values.iter().filter(|&&value| value > 0.0).map(|value| value.log10()));
        let margin = ((high - low) * 0.06).max(0.02);
        let range = low - margin..high + margin;
        let decades = (range.end - range.start).ceil() as usize;
        let digits: &[f64] = if decades <= 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let powers = range.start.floor() as i32..=range.end.ceil() as i32;
        let mut ticks: Vec<(f64, String)> = powers
            .flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)))
            .filter(|tick| range.contains(&tick.log10()))
            .map(|tick| (tick.log10(), short(tick)))
            .collect();
        if ticks.len() < 2 {
            ticks = [low, high].map(|place| (place, short(10_f64.powf(place)))).to_vec();
            ticks.dedup();
        }
        Self { name: name.into(), range, ticks, log: true }
    }

    /// An axis of categories; the first lies at 0, the next at 1.
    pub fn categories(name: &str, labels: &[String]) -> Self {
        let ticks = labels.iter().enumerate().map(|(i, label)| (i as f64, label.clone())).collect();
        Self { name: name.into(), range: -0.5..labels.len().max(1) as f64 - 0.5, ticks, log: false }
    }

    /// Where a value lies, in the axis's own coordinate; `None` where it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let place = if self.log { value.log10() } else { value };
        place.is_finite().then_some(place)
    }

    /// The labels in order.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.ticks.iter().map(|(_, label)| label.as_str())
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(place, _)| *place).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(place, _)| place == value).map_or_else(String::new, |(_, label)| label.clone())
    }
}

/// The least and the largest of the finite values; 0 and 1 where there are none.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    finite.map(|value| (value, value)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0.0, 1.0))
}

/// The next of 1, 2, 5, 10, 20, … at or above `step`.
fn nice_step(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|nice| *nice >= step).unwrap_or(step)
}

/// A number in as few characters as tell it from its neighbours: three significant digits, no trailing zeros.
pub fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{number}");
    }
    let magnitude = number.abs().log10().floor() as i32;
    if !(-5..6).contains(&magnitude) {
        return format!("{number:.1e}");
    }
    let decimals = (2 - magnitude).clamp(0, 8) as usize;
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let labels = |axis: &Axis| axis.labels().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(labels(&Axis::linear("x", &[0.11, 0.29])), ["0.1", "0.15", "0.2", "0.25", "0.3"]);
        assert_eq!(labels(&Axis::linear("x", &[-1.0, 1.0])), ["-1", "-0.5", "0", "0.5", "1"]);
        assert_eq!(labels(&Axis::logarithmic("x", &[5.0, 100.0])), ["5", "10", "20", "50", "100"]);
        assert_eq!(labels(&Axis::logarithmic("x", &[1e-5, 0.1])), ["0.00001", "0.0001", "0.001", "0.01", "0.1"]);
        assert_eq!(labels(&Axis::categories("x", &["a".into(), "b".into()])), ["a", "b"]);
        for values in [&[][..], &[0.0], &[5.0, 5.0], &[f64::NAN, f64::INFINITY], &[1e300, -1e300]] {
            for axis in [Axis::linear("x", values), Axis::logarithmic("x", values)] {
                assert!(axis.range.end > axis.range.start, "{values:?}");
                let inside = |place: f64| (axis.range.start..=axis.range.end).contains(&place);
                assert!(axis.ticks.iter().all(|(place, _)| inside(*place)), "{values:?}: {axis:?}");
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, text) in
            [(0.015, "0.015"), (20.0, "20"), (1234.5, "1234"), (0.123_456, "0.123"), (-2.5, "-2.5"), (1e-9, "1.0e-9")]
        {
            assert_eq!(short(number), text);
        }
    }
}
