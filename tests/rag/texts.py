"""Texts that a splitter could stumble over."""

from __future__ import annotations

from hypothesis import strategies as st

FAMILY = "👨‍👩‍👧‍👦"

HOSTILE = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(list("aA.!?。؟।…\"'”“」) \t\n\r\u2028\u200d\u0301\u0b95\u05d0#-*1")),
    )
) | st.lists(
    st.sampled_from(
        ["Dr. ", "“No.” ", FAMILY, "e\u0301", "\r\n", "\n\n", "# A\n", "- b\n", "שלום. "]
    )
).map("".join)
