//! When the next request may be sent: one pace for each host, and the pauses that services ask for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What time it is, and waiting. Tests bring their own.
pub trait Clock {
    /// Time since some moment before; never runs backwards.
    fn elapsed(&self) -> Duration;
    /// Seconds since 1970.
    fn unix(&self) -> i64;
    /// Waits.
    fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn unix(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs() as i64)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// How long a wait may last before it looks again whether the user wants to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Keeps requests to a host apart.
pub struct Pacer<'a> {
    clock: &'a dyn Clock,
    /// For each host the earliest moment of its next request.
    next: BTreeMap<String, Duration>,
}

impl<'a> Pacer<'a> {
    /// A pacer that has sent nothing yet.
    pub fn new(clock: &'a dyn Clock) -> Self {
        Self { clock, next: BTreeMap::new() }
    }

    /// The clock that it goes by.
    pub fn clock(&self) -> &'a dyn Clock {
        self.clock
    }

    /// Waits until `host` may be asked, and takes the turn: the next one is `interval` later. Returns whether it is
    /// so; `false` where `interrupted` said so while waiting, and then the turn is not taken.
    pub fn wait(&mut self, host: &str, interval: Duration, interrupted: &dyn Fn() -> bool) -> bool {
        let turn = self.next.get(host).copied().unwrap_or_default();
        loop {
            if interrupted() {
                return false;
            }
            let now = self.clock.elapsed();
            if now >= turn {
                self.next.insert(host.to_owned(), now + interval);
                return true;
            }
            self.clock.sleep((turn - now).min(PATIENCE));
        }
    }

    /// Sends `host` nothing for at least `pause` from now.
    pub fn hold(&mut self, host: &str, pause: Duration) {
        let until = self.clock.elapsed() + pause;
        let turn = self.next.entry(host.to_owned()).or_default();
        *turn = until.max(*turn);
    }
}

/// What a `Retry-After` header asks for: seconds or a date (RFC 9110, section 10.2.3); `None` where it is neither. A
/// date in the past is no wait at all.
pub fn retry_after(header: &str, unix_now: i64) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let seconds = http_date(header)?.saturating_sub(unix_now);
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that servers may still send.
fn http_date(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words[..] else { return None };
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .iter()
        .position(|&name| name == month)? as i64;
    let number = |text: &str| text.parse::<u16>().ok().map(i64::from);
    let mut clock = time.split(':').map(number);
    let (hours, minutes, seconds) = (clock.next()??, clock.next()??, clock.next()??);
    let (day, year) = (number(day)?, number(year)?);
    // Days since 1970 by counting years from March on, so that the day of the leap year is the last one (Hinnant,
    // "chrono-compatible low-level date algorithms").
    let months_from_march = (month + 10) % 12;
    let year = if months_from_march > 9 { year - 1 } else { year };
    let day_of_year = (153 * months_from_march + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468;
    Some(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// A clock that only sleeping moves.
    #[derive(Default)]
    struct Fake(Cell<Duration>);

    impl Clock for Fake {
        fn elapsed(&self) -> Duration {
            self.0.get()
        }

        fn unix(&self) -> i64 {
            self.0.get().as_secs() as i64
        }

        fn sleep(&self, duration: Duration) {
            assert!(duration <= PATIENCE);
            self.0.set(self.0.get() + duration);
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_host_has_its_own_pace() {
        let clock = Fake::default();
        let mut pacer = Pacer::new(&clock);
        let mut sent = Vec::new();
        for host in ["a", "a", "b", "a", "b"] {
            assert!(pacer.wait(host, SECOND, &|| false));
            sent.push((host, clock.elapsed().as_millis()));
        }
        assert_eq!(sent, [("a", 0), ("a", 1000), ("b", 1000), ("a", 2000), ("b", 2000)]);
    }

    #[test]
    fn time_that_passes_anyway_is_not_waited_again_and_not_saved_up() {
        let clock = Fake::default();
        let mut pacer = Pacer::new(&clock);
        pacer.wait("a", SECOND, &|| false);
        clock.0.set(5 * SECOND);
        pacer.wait("a", SECOND, &|| false);
        assert_eq!(clock.elapsed(), 5 * SECOND);
        pacer.wait("a", SECOND, &|| false);
        assert_eq!(clock.elapsed(), 6 * SECOND);
    }

    #[test]
    fn a_pause_holds_one_host_and_never_shortens_another_pause() {
        let clock = Fake::default();
        let mut pacer = Pacer::new(&clock);
        pacer.hold("a", 30 * SECOND);
        pacer.hold("a", SECOND);
        pacer.wait("b", SECOND, &|| false);
        assert_eq!(clock.elapsed(), Duration::ZERO);
        pacer.wait("a", SECOND, &|| false);
        assert_eq!(clock.elapsed(), 30 * SECOND);
    }

    #[test]
    fn a_long_wait_can_be_interrupted_and_the_turn_is_not_taken() {
        let clock = Fake::default();
        let mut pacer = Pacer::new(&clock);
        pacer.hold("a", 3_600 * SECOND);
        assert!(!pacer.wait("a", SECOND, &|| clock.elapsed() >= 2 * SECOND));
        assert!(clock.elapsed() <= 3 * SECOND);
        clock.0.set(3_600 * SECOND);
        assert!(pacer.wait("a", SECOND, &|| false));
        assert_eq!(clock.elapsed(), 3_600 * SECOND);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = 784_111_777;
        let cases = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:51:07 GMT", Some(90)),
            ("Sun, 06 Nov 1993 08:51:07 GMT", Some(0)),
            ("Thu, 29 Feb 1996 00:00:00 GMT", Some(825_552_000 - 784_111_777)),
            ("", None),
            ("soon", None),
            ("-5", None),
            ("Sun, 06 Nov 1994 08:49 GMT", None),
            ("99999999999999999999", None),
        ];
        for (header, seconds) in cases {
            assert_eq!(
                retry_after(header, now),
                seconds.map(|seconds| Duration::from_secs(seconds as u64)),
                "{header}"
            );
        }
        assert_eq!(http_date("Sun, 22 Nov 2026 18:00:00 GMT"), Some(1_795_370_400));
    }
}
