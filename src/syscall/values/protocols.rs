//! The protocols of `socket`, whose names hang on its domain: the numbers of IP's
//! (`include/uapi/linux/in.h`) and netlink's families (`include/uapi/linux/netlink.h`).

use crate::syscall::table::Syscall;

const AF_INET: u64 = 2;
const AF_INET6: u64 = 10;
const AF_NETLINK: u64 = 16;

/// 0, which is the domain's usual protocol, has no name here.
const IP: &[(u64, &str)] = &[
    (1, "IPPROTO_ICMP"),
    (2, "IPPROTO_IGMP"),
    (4, "IPPROTO_IPIP"),
    (6, "IPPROTO_TCP"),
    (8, "IPPROTO_EGP"),
    (12, "IPPROTO_PUP"),
    (17, "IPPROTO_UDP"),
    (22, "IPPROTO_IDP"),
    (29, "IPPROTO_TP"),
    (33, "IPPROTO_DCCP"),
    (41, "IPPROTO_IPV6"),
    (46, "IPPROTO_RSVP"),
    (47, "IPPROTO_GRE"),
    (50, "IPPROTO_ESP"),
    (51, "IPPROTO_AH"),
    (58, "IPPROTO_ICMPV6"),
    (92, "IPPROTO_MTP"),
    (94, "IPPROTO_BEETPH"),
    (98, "IPPROTO_ENCAP"),
    (103, "IPPROTO_PIM"),
    (108, "IPPROTO_COMP"),
    (132, "IPPROTO_SCTP"),
    (136, "IPPROTO_UDPLITE"),
    (137, "IPPROTO_MPLS"),
    (143, "IPPROTO_ETHERNET"),
    (255, "IPPROTO_RAW"),
    (262, "IPPROTO_MPTCP"),
];

const NETLINK: &[(u64, &str)] = &[
    (0, "NETLINK_ROUTE"),
    (2, "NETLINK_USERSOCK"),
    (3, "NETLINK_FIREWALL"),
    (4, "NETLINK_SOCK_DIAG"),
    (5, "NETLINK_NFLOG"),
    (6, "NETLINK_XFRM"),
    (7, "NETLINK_SELINUX"),
    (8, "NETLINK_ISCSI"),
    (9, "NETLINK_AUDIT"),
    (10, "NETLINK_FIB_LOOKUP"),
    (11, "NETLINK_CONNECTOR"),
    (12, "NETLINK_NETFILTER"),
    (13, "NETLINK_IP6_FW"),
    (14, "NETLINK_DNRTMSG"),
    (15, "NETLINK_KOBJECT_UEVENT"),
    (16, "NETLINK_GENERIC"),
    (18, "NETLINK_SCSITRANSPORT"),
    (19, "NETLINK_ECRYPTFS"),
    (20, "NETLINK_RDMA"),
    (21, "NETLINK_CRYPTO"),
    (22, "NETLINK_SMC"),
];

/// The argument that is a protocol: the third of `socket` and `socketpair`.
pub fn is_protocol(syscall: Syscall, index: u8) -> bool {
    index == 2 && matches!(syscall.name(), "socket" | "socketpair")
}

/// The name of a protocol in a domain: `NETLINK_AUDIT` for `AF_NETLINK` and 9.
pub fn protocol_name(domain: u64, protocol: u64) -> Option<&'static str> {
    let known = match domain {
        AF_INET | AF_INET6 => IP,
        AF_NETLINK => NETLINK,
        _ => return None,
    };
    let place = known.binary_search_by_key(&protocol, |&(number, _)| number).ok()?;
    Some(known[place].1)
}

/// Every protocol that has a name, of any domain. No name stands for two numbers.
pub fn protocols() -> impl Iterator<Item = (u64, &'static str)> {
    IP.iter().chain(NETLINK).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscall::{Abi, header_constant};

    #[test]
    fn each_is_the_headers() {
        for (number, name) in protocols() {
            assert_eq!(header_constant(Abi::X86_64, name), Some(number), "{name}");
        }
    }

    #[test]
    fn a_name_hangs_on_the_domain() {
        assert_eq!(protocol_name(AF_NETLINK, 9), Some("NETLINK_AUDIT"));
        assert_eq!(protocol_name(AF_INET, 6), Some("IPPROTO_TCP"));
        assert_eq!(protocol_name(AF_INET6, 58), Some("IPPROTO_ICMPV6"));
        assert_eq!(protocol_name(AF_INET, 9), None);
        assert_eq!(protocol_name(1, 6), None);
    }
}
