//! Charts about the trials of a search: the front of two scores, progress, and the effect of one parameter.

use super::axis::{Axis, short};
use super::scatter::{Point, Role, scatter};

/// Draws two scores of every trial against each other, and the front: trials that none beats in both.
///
/// `points` are drawn in the role they have; plain ones on the front become notable. Points that are not finite are
/// left out.
pub fn pareto(title: &str, x: &str, y: &str, points: &[Point]) -> String {
    let mut points: Vec<Point> =
        points.iter().copied().filter(|point| point.x.is_finite() && point.y.is_finite()).collect();
    if points.is_empty() {
        return scatter(title, "Nothing was measured.", &Axis::linear(x, &[]), &Axis::linear(y, &[]), &[], &[]);
    }
    let front = front(&points.iter().map(|point| (point.x, point.y)).collect::<Vec<_>>());
    for &i in &front {
        if points[i].role == Role::Plain {
            points[i].role = Role::Notable;
        }
    }
    // From one to the next, what both are surely better than lies below the line.
    let mut line: Vec<(f64, f64)> = Vec::new();
    for &i in &front {
        if let Some(&(_, above)) = line.last() {
            line.push((points[i].x, above));
        }
        line.push((points[i].x, points[i].y));
    }
    let (first, last) = (points[front[0]], points[front[front.len() - 1]]);
    let description = format!(
        "{} trials by {x} and {y}. {} of them are on the front, where none of the others is better in both: from {} \
         and {} to {} and {}.",
        points.len(),
        front.len(),
        short(first.x),
        short(first.y),
        short(last.x),
        short(last.y)
    );
    let values = |value: fn(&Point) -> f64| points.iter().map(value).collect::<Vec<_>>();
    let (x, y) = (Axis::linear(x, &values(|point| point.x)), Axis::linear(y, &values(|point| point.y)));
    scatter(title, &description, &x, &y, &line, &points)
}

/// The indices of the points that no other point beats: none is at least as large in both and larger in one. By rising
/// x; of equal points the first.
pub fn front(points: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..points.len()).filter(|&i| points[i].0.is_finite() && points[i].1.is_finite()).collect();
    order.sort_by(|&a, &b| {
        let ((ax, ay), (bx, by)) = (points[a], points[b]);
        bx.total_cmp(&ax).then(by.total_cmp(&ay)).then(a.cmp(&b))
    });
    let mut highest = f64::NEG_INFINITY;
    order.retain(|&i| {
        points[i].1 > highest && {
            highest = points[i].1;
            true
        }
    });
    order.reverse();
    order
}

/// Draws what every trial scored, in order, and the best so far as a line.
///
/// `points` come in the order of x.
pub fn progress(title: &str, x: &str, y: &str, points: &[Point]) -> String {
    let mut line: Vec<(f64, f64)> = Vec::new();
    for point in points.iter().filter(|point| point.y.is_finite()) {
        let best = line.last().map_or(f64::NEG_INFINITY, |&(_, best)| best);
        if best.is_finite() {
            line.push((point.x, best));
        }
        line.push((point.x, best.max(point.y)));
    }
    let description = match (line.first(), line.last()) {
        (Some(first), Some(last)) => {
            format!("{y} of {} trials. The best went from {} to {}.", points.len(), short(first.1), short(last.1))
        }
        _ => "Nothing was measured.".to_owned(),
    };
    let values = |value: fn(&Point) -> f64| points.iter().map(value).collect::<Vec<_>>();
    let (x, y) = (Axis::linear(x, &values(|point| point.x)), Axis::linear(y, &values(|point| point.y)));
    scatter(title, &description, &x, &y, &line, points)
}

/// Draws what trials scored by the value of one parameter, which `x` is the axis of.
pub fn effect(title: &str, x: &Axis, y: &str, points: &[Point]) -> String {
    let values: Vec<f64> = points.iter().map(|point| point.y).filter(|y| y.is_finite()).collect();
    let best = points.iter().filter(|point| point.y.is_finite()).max_by(|a, b| a.y.total_cmp(&b.y));
    let description = match best {
        Some(best) => format!(
            "{y} of {} trials by {}, from {} to {}.",
            values.len(),
            x.name,
            short(values.iter().copied().fold(f64::INFINITY, f64::min)),
            short(best.y)
        ),
        None => "Nothing was measured.".to_owned(),
    };
    let points: Vec<Point> = points.iter().copied().filter(|point| point.y.is_finite()).collect();
    scatter(title, &description, x, &Axis::linear(y, &values), &[], &points)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|&(x, y)| Point { x, y, role: Role::Plain }).collect()
    }

    #[test]
    fn the_front_is_what_none_beats() {
        let points = [(1.0, 5.0), (2.0, 4.0), (2.0, 3.0), (0.5, 4.0), (3.0, 1.0), (3.0, 1.0), (f64::NAN, 9.0)];
        assert_eq!(front(&points), [0, 1, 4]);
        assert_eq!(front(&[]), [0; 0]);
        // By definition, on many points.
        let mut rng = crate_rng(5);
        let points: Vec<(f64, f64)> = (0..200).map(|_| (rng(), rng())).collect();
        let beaten = |a: (f64, f64)| points.iter().any(|b| b.0 >= a.0 && b.1 >= a.1 && *b != a);
        let mut expected: Vec<usize> = (0..200).filter(|&i| !beaten(points[i])).collect();
        expected.sort_by(|&a, &b| points[a].0.total_cmp(&points[b].0));
        assert_eq!(front(&points), expected);
    }

    /// A few numbers that look random.
    fn crate_rng(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        }
    }

    #[test]
    fn charts_show_every_trial_and_name_what_matters() {
        let mut points = plain(&[(0.1, 0.3), (0.2, 0.2), (0.3, 0.1), (0.1, 0.1)]);
        points[1].role = Role::Best;
        points[3].role = Role::Defaults;
        let svg = pareto("Front", "top", "low", &points);
        assert!(svg.contains("4 trials by top and low. 3 of them are on the front"), "{svg}");
        assert!(svg.contains("from 0.1 and 0.3 to 0.3 and 0.1"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 4, "{svg}");
        assert!(svg.contains("best") && svg.contains("defaults") && svg.contains("<polyline"), "{svg}");
        assert!(!svg.contains("style="), "a strict Content-Security-Policy forbids inline styles");

        let svg =
            progress("Progress", "trial", "objective", &plain(&[(0.0, 1.0), (1.0, 0.9), (2.0, f64::NAN), (3.0, 1.2)]));
        assert!(svg.contains("The best went from 1 to 1.2"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 3, "{svg}");

        let axis = Axis::logarithmic("negative", &[5.0, 50.0]);
        let svg = effect("Effect", &axis, "objective", &plain(&[(5.0, 1.0), (50.0, 1.1)]));
        assert!(svg.contains("objective of 2 trials by negative, from 1 to 1.1") && svg.contains("50"), "{svg}");
    }

    #[test]
    fn no_trials_are_drawn_too() {
        for svg in [
            pareto("t", "a", "b", &plain(&[(f64::NAN, 1.0)])),
            progress("t", "a", "b", &[]),
            effect("t", &Axis::linear("a", &[]), "b", &[]),
        ] {
            assert!(svg.contains("Nothing was measured") && !svg.contains("<circle"), "{svg}");
        }
    }
}
