//! Which networks may send to the interface.

use std::net::{IpAddr, Ipv4Addr};

/// A network that may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: u32,
    mask: u32,
}

impl Network {
    /// `192.168.1.20` or `192.168.1.0/24`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/').unwrap_or((text.trim(), "32"));
        let address: Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|bits| (8..=32).contains(bits))?;
        let mask = u32::MAX << (32 - bits);
        Some(Self { address: u32::from(address) & mask, mask })
    }

    /// Whether an address is of it.
    pub(super) fn has(self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(v4) if u32::from(v4) & self.mask == self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_hold_their_addresses() {
        let home = Network::parse("192.168.1.0/24").unwrap();
        assert!(home.has("192.168.1.77".parse().unwrap()) && !home.has("192.168.2.1".parse().unwrap()));
        let one = Network::parse(" 10.0.0.7 ").unwrap();
        assert!(one.has("10.0.0.7".parse().unwrap()) && !one.has("10.0.0.8".parse().unwrap()));
        assert!(!one.has("::1".parse().unwrap()));
        for wrong in ["", "0.0.0.0/0", "10.0.0.7/33", "host", "10.0.0", "::1"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
