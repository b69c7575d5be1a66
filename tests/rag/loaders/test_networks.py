"""Which addresses are public: what IANA keeps for a special purpose is not, in any clothes."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.loaders.networks import IPV4, IPV6, is_public


def public(address: str) -> bool:
    return is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("block", [block for block, *_ in (*IPV4, *IPV6)])
def test_neither_end_of_a_special_block_is_public(block: str) -> None:
    network = ipaddress.ip_network(block)  # raises if bits stand behind the prefix
    if block in ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16"):  # judged by what they carry
        network = ipaddress.ip_network(
            {"::ffff:0:0/96": "::ffff:7f00:0/104", "64:ff9b::/96": "64:ff9b::a00:0/104",
             "2002::/16": "2002:c0a8::/32"}[block]
        )  # fmt: skip
    for place in (0, network.num_addresses // 2, -1):
        assert not is_public(network[place])


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "93.184.216.34", "9.255.255.255", "11.0.0.0", "100.63.255.255",
     "100.128.0.0", "126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0",
     "192.0.1.0", "191.255.255.255", "192.88.98.255", "192.88.100.0", "192.167.255.255",
     "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
     "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "2001:200::1", "2001:4860:4860::8888",
     "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)  # fmt: skip
def test_what_is_beside_the_special_blocks_is_public(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    "address",
    ["192.0.0.1", "192.0.0.9", "192.0.0.170", "192.0.0.255", "192.88.99.0", "192.88.99.1",
     "192.88.99.255", "198.19.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8",
     "::ffff:192.88.99.1", "::ffff:0:8.8.8.8", "64:ff9b::c0a8:1", "64:ff9b::192.0.0.1",
     "64:ff9b:1::808:808",
     "2002:a9fe:a9fe::1", "2002:c058:6301::", "2001:0:808:808::", "2001:1ff:ffff::1", "fd00::1",
     "fe80::1", "fec0::1", "ff0e::1", "4000::1", "3fff:fff::1", "2a00:1450::5efe:c0a8:1",
     "2a00:1450::200:5efe:7f00:1"],
)  # fmt: skip
def test_what_is_special_or_carries_what_is_special_is_not_public(address: str) -> None:
    assert not public(address)


@given(st.ip_addresses(network="0.0.0.0/0"))
def test_an_address_in_another_kinds_clothes_is_judged_as_itself(address: object) -> None:
    assert isinstance(address, ipaddress.IPv4Address)
    bare, bits = is_public(address), int(address)
    for worn in (0xFFFF << 32 | bits, 0x64FF9B << 96 | bits, 0x2002 << 112 | bits << 80 | 1):
        assert is_public(ipaddress.IPv6Address(worn)) == bare


@given(st.ip_addresses())
def test_no_address_is_public_that_pythons_own_list_keeps_inside(address: object) -> None:
    assert isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address)
    if is_public(address):
        assert address.is_global or isinstance(address, ipaddress.IPv6Address)
        assert not address.is_private or getattr(address, "sixtofour", None)
        assert not address.is_multicast and not address.is_loopback and not address.is_link_local
