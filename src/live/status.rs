//! `/proc/PID/status`.

/// What the kernel says of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The name of its program, up to 15 bytes, as the kernel escapes it.
    pub name: String,
    /// `R`, `S`, `D`, `T`, `t`, `Z`, `X`, ...
    pub state: char,
    /// The process that a thread is of: its own number for the first thread.
    pub group: u32,
    /// Whether it has memory of its own: the kernel's threads and processes that have ended have none.
    pub has_memory: bool,
    /// Its parent, 0 where that is outside the namespace.
    pub parent: u32,
    /// Who traces it, 0 for nobody.
    pub tracer: u32,
    /// The bounding set, by bit.
    pub bounding: u64,
    /// The effective set, by bit.
    pub effective: u64,
    /// Whether `no_new_privs` is set; kernels before 4.10 do not say it.
    pub no_new_privileges: Option<bool>,
    /// What seccomp does.
    pub mode: Mode,
    /// How many filters it has; kernels before 5.9 do not say it.
    pub filters: Option<u32>,
}

/// The line `Seccomp:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// 0: nothing.
    Off,
    /// 1: `read`, `write`, `exit` and `rt_sigreturn`, and no filter.
    Strict,
    /// 2: filters.
    Filter,
}

impl Status {
    /// Reads the text; nothing where a line that every kernel since 3.8 writes is missing. A kernel
    /// without seccomp writes no line for it.
    pub fn parse(text: &str) -> Option<Status> {
        let field = |name: &str| {
            let of =
                |line: &'_ str| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned());
            text.lines().find_map(of)
        };
        let number = |name| field(name)?.parse::<u32>().ok();
        let set = |name| u64::from_str_radix(&field(name)?, 16).ok();
        let mode = match field("Seccomp").as_deref() {
            None | Some("0") => Mode::Off,
            Some("1") => Mode::Strict,
            Some("2") => Mode::Filter,
            Some(_) => return None,
        };
        Some(Status {
            name: field("Name")?,
            state: field("State")?.chars().next()?,
            group: number("Tgid")?,
            has_memory: field("VmSize").is_some(),
            parent: number("PPid")?,
            tracer: number("TracerPid")?,
            bounding: set("CapBnd")?,
            effective: set("CapEff")?,
            no_new_privileges: number("NoNewPrivs").map(|set| set == 1),
            mode,
            filters: number("Seccomp_filters"),
        })
    }

    /// Whether it has ended, and only its parent has not asked how.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Name:\tcat\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t77\nNgid:\t0\nPid:\t77\n\
        PPid:\t1\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nVmSize:\t    4 kB\nCapInh:\t0000000000000000\n\
        CapPrm:\t000001fffeffffff\nCapEff:\t000001fffeffffff\nCapBnd:\t00000000a80425fb\n\
        NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t2\n";

    #[test]
    fn a_status_is_read() {
        let status = Status::parse(TEXT).unwrap();
        assert_eq!((status.name.as_str(), status.state, status.group), ("cat", 'S', 77));
        assert_eq!(status.bounding, 0xa804_25fb);
        assert_eq!((status.mode, status.filters), (Mode::Filter, Some(2)));
        assert_eq!(status.no_new_privileges, Some(true));
        assert!(!status.has_ended() && status.has_memory);
    }

    #[test]
    fn what_older_kernels_leave_out_is_unknown() {
        let older = TEXT.replace("NoNewPrivs:\t1\n", "").replace("Seccomp_filters:\t2\n", "");
        let status = Status::parse(&older).unwrap();
        assert_eq!((status.no_new_privileges, status.filters), (None, None));
        assert_eq!(Status::parse(&TEXT.replace("Seccomp:\t2\n", "")).unwrap().mode, Mode::Off);
        assert_eq!(Status::parse(&TEXT.replace("CapBnd", "Cap")), None);
        assert_eq!(Status::parse(&TEXT.replace("Seccomp:\t2", "Seccomp:\t3")), None);
        assert_eq!(Status::parse(""), None);
    }
}
