"""Which addresses of the network are public: none that IANA keeps for a special purpose.

The lists are those of IANA's registries of special-purpose addresses (RFC 6890), IPv4 and IPv6,
as of 2025, with the multicast blocks and the site-local one beside them. Some of these are called
globally reachable there, such as the anycast addresses of 192.0.0.0/24; what answers at them is
the reader's own network, or no web server, so they count as special here like the rest.
"""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# The block, what IANA calls it, and where that is written.
IPV4: tuple[tuple[str, str, str], ...] = (
    ("0.0.0.0/8", "this network", "RFC 791"),
    ("0.0.0.0/32", "this host on this network", "RFC 1122"),
    ("10.0.0.0/8", "private use", "RFC 1918"),
    ("100.64.0.0/10", "shared address space", "RFC 6598"),
    ("127.0.0.0/8", "loopback", "RFC 1122"),
    ("169.254.0.0/16", "link local", "RFC 3927"),
    ("172.16.0.0/12", "private use", "RFC 1918"),
    ("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
    ("192.0.0.0/29", "IPv4 service continuity prefix", "RFC 7335"),
    ("192.0.0.8/32", "IPv4 dummy address", "RFC 7600"),
    ("192.0.0.9/32", "port control protocol anycast", "RFC 7723"),
    ("192.0.0.10/32", "TURN anycast", "RFC 8155"),
    ("192.0.0.170/32", "NAT64/DNS64 discovery", "RFC 8880"),
    ("192.0.0.171/32", "NAT64/DNS64 discovery", "RFC 8880"),
    ("192.0.2.0/24", "documentation (TEST-NET-1)", "RFC 5737"),
    ("192.31.196.0/24", "AS112-v4", "RFC 7535"),
    ("192.52.193.0/24", "AMT", "RFC 7450"),
    ("192.88.99.0/24", "deprecated (6to4 relay anycast)", "RFC 7526"),
    ("192.88.99.2/32", "6a44 relay anycast", "RFC 6751"),
    ("192.168.0.0/16", "private use", "RFC 1918"),
    ("192.175.48.0/24", "direct delegation AS112 service", "RFC 7534"),
    ("198.18.0.0/15", "benchmarking", "RFC 2544"),
    ("198.51.100.0/24", "documentation (TEST-NET-2)", "RFC 5737"),
    ("203.0.113.0/24", "documentation (TEST-NET-3)", "RFC 5737"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("240.0.0.0/4", "reserved", "RFC 1112"),
    ("255.255.255.255/32", "limited broadcast", "RFC 8190"),
)
IPV6: tuple[tuple[str, str, str], ...] = (
    ("::/128", "unspecified address", "RFC 4291"),
    ("::1/128", "loopback", "RFC 4291"),
    ("::ffff:0:0/96", "IPv4-mapped", "RFC 4291"),
    ("64:ff9b::/96", "IPv4-IPv6 translation", "RFC 6052"),
    ("64:ff9b:1::/48", "IPv4-IPv6 translation", "RFC 8215"),
    ("100::/64", "discard only", "RFC 6666"),
    ("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
    ("2001::/23", "IETF protocol assignments", "RFC 2928"),
    ("2001::/32", "Teredo", "RFC 4380"),
    ("2001:1::1/128", "port control protocol anycast", "RFC 7723"),
    ("2001:1::2/128", "TURN anycast", "RFC 8155"),
    ("2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665"),
    ("2001:2::/48", "benchmarking", "RFC 5180"),
    ("2001:3::/32", "AMT", "RFC 7450"),
    ("2001:4:112::/48", "AS112-v6", "RFC 7535"),
    ("2001:10::/28", "deprecated (ORCHID)", "RFC 4843"),
    ("2001:20::/28", "ORCHIDv2", "RFC 7343"),
    ("2001:30::/28", "drone remote ID", "RFC 9374"),
    ("2001:db8::/32", "documentation", "RFC 3849"),
    ("2002::/16", "6to4", "RFC 3056"),
    ("2620:4f:8000::/48", "direct delegation AS112 service", "RFC 7534"),
    ("3fff::/20", "documentation", "RFC 9637"),
    ("5f00::/16", "segment routing (SRv6) SIDs", "RFC 9602"),
    ("fc00::/7", "unique local", "RFC 4193"),
    ("fe80::/10", "link-local unicast", "RFC 4291"),
    ("fec0::/10", "deprecated (site-local)", "RFC 3879"),
    ("ff00::/8", "multicast", "RFC 4291"),
)
_SPECIAL_4 = tuple(ipaddress.IPv4Network(block) for block, *_ in IPV4)
_SPECIAL_6 = tuple(ipaddress.IPv6Network(block) for block, *_ in IPV6)
# Of IPv6, nothing else has been given to anybody yet (RFC 4291, 2.4).
_UNICAST = ipaddress.IPv6Network("2000::/3")
# Of the special ones, those that an organisation gives to its own servers.
_PRIVATE_4 = tuple(
    ipaddress.IPv4Network(block)
    for block in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
)
_PRIVATE_6 = ipaddress.IPv6Network("fc00::/7")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The interface of an ISATAP address: the marker, with or without the bit for "global", then IPv4.
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, and so is the one that it carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _SPECIAL_4)
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    return address in _UNICAST and not any(address in block for block in _SPECIAL_6)


def is_private(address: Address) -> bool:
    """Whether an address is one of an intranet, and none of this machine or of a link.

    A cloud tells its machines their secrets at a link-local address, so that is none.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in block for block in _PRIVATE_4)
    carried = _carried(address)
    return address in _PRIVATE_6 if carried is None else is_private(carried)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this one end at: mapped, NAT64, 6to4 or ISATAP.

    Teredo carries two, of a relay and of whoever is behind it; it is special like its block.
    """
    if inside := address.ipv4_mapped or address.sixtofour:
        return inside
    whole = int(address)
    is_isatap = whole >> 32 & 0xFFFFFFFF in _ISATAP and address in _UNICAST
    if address in _NAT64 or (is_isatap and not any(address in block for block in _SPECIAL_6)):
        return ipaddress.IPv4Address(whole & 0xFFFFFFFF)
    return None
