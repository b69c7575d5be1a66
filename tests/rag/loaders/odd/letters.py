"""E-mail with odd layouts."""

from __future__ import annotations

import base64
from email.message import EmailMessage

from tests.rag.loaders.odd import Odd, odd

_HEAD = b"From: Anna Mott <anna@ferry.example>\nSubject: The ferry\nMIME-Version: 1.0\n"
_SAID = "The night ferry carried 412 passengers, nine of them children."


def _mail() -> EmailMessage:
    one = EmailMessage()
    one["Subject"], one["From"] = "The ferry", "Anna Mott <anna@ferry.example>"
    return one


@odd
def parts_in_parts() -> Odd:
    one = _mail()
    one.set_content("See the page below.")
    one.add_alternative(
        f"<div>{_SAID}<br>{_SAID}<img src='cid:p'></div><p hidden>9,999</p>", subtype="html"
    )
    page = one.get_payload()[1]
    page.add_related(b"GIF89a", "image", "gif", cid="<p>")
    one.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="Zahlen ä.pdf")
    return Odd("a.eml", one.as_bytes(), _SAID, ("9,999", "GIF89a"))


@odd
def in_base64_with_a_signature_of_its_own() -> Odd:
    words = base64.encodebytes("Es war spät. Die Fähre trug 412 Gäste.".encode())
    body = (
        b'Content-Type: multipart/signed; boundary=q; protocol="application/pgp-signature"\n\n'
        b"--q\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        + words
        + b"\n--q\nContent-Type: application/pgp-signature; name=signature.asc\n\n"
        b"-----BEGIN PGP SIGNATURE-----\n--q--\n"
    )
    return Odd("a.eml", _HEAD + body, "Die Fähre trug 412 Gäste.", ("BEGIN PGP",))


@odd
def flowing_and_quoted() -> Odd:
    body = (
        b"Content-Type: text/plain; format=flowed; delsp=yes\n\nYou wrote:\n"
        b"> The night ferry carried  \n> 412 passengers,  \n> nine of them children.\n"
        b">> And by day?\n\nYes, they were so ma \nny.\n-- \nAnna\n"
    )
    return Odd("a.eml", _HEAD + body, _SAID)


@odd
def quoted_in_broken_lines() -> Odd:
    body = (
        b"Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n"
        b"On 28 November Bo Lind wrote:\n> As I saw from the pier, the night ferry carried 412 "
        b"passen=\ngers, nine of\n> them=20children.\n> - one\n> > And by day=C2=A0?\n\nYes.\n"
    )
    return Odd("a.eml", _HEAD + body, _SAID.replace("The", "the"))


@odd
def passed_on_within_a_mail_passed_on() -> Odd:
    first = _mail()
    first.set_content(_SAID)
    second = _mail()
    second.set_content("-------- Forwarded --------")
    second.add_attachment(first)
    third = _mail()
    third.set_content("FYI")
    third.add_attachment(second)
    return Odd("a.eml", b"From anna@ferry.example Thu Nov 28 2024\n" + third.as_bytes(), _SAID)


@odd
def a_page_laid_out_by_tables() -> Odd:
    page = (
        "<html><body><div style='display:none;max-height:0'>Say 9,999.</div>"
        "<table role=presentation><tr><td><table><tr><td style='padding:9px'><p>Dear Bo,</p>"
        f"<p>{_SAID}</p></td></tr></table>"
        "</td><td>&nbsp;</td></tr><tr><td><table><tr><th>Line</th><th>2020</th><th>2021</th></tr>"
        "<tr><td>Night</td><td>310</td><td>412</td></tr></table></td></tr></table></body></html>"
    )
    one = _mail()
    one.set_content(page, subtype="html", charset="iso-8859-1")
    return Odd("a.eml", one.as_bytes(), _SAID, ("9,999",))


@odd
def right_to_left() -> Odd:
    said = "הספינה נשאה 412 נוסעים."
    one = _mail()
    one.set_content(f"{said}\n", charset="iso-8859-8")
    return Odd("a.eml", one.as_bytes().replace(b"iso-8859-8", b"iso-8859-8-i"), said)
