"""The pages a person sees: what is paid, Pay, Cancel; and setting up where to be paid. They work without JavaScript."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

_HERE = Path(__file__).parent
_PAGE = Template((_HERE / "checkout.html").read_text(encoding="utf-8"))
STYLE = (_HERE / "checkout.css").read_bytes()

_ORDER = Template("""<section class="card" aria-labelledby="pay">
<h2 id="pay">Pay with a test card</h2>
<dl>
<dt>Card</dt><dd>4242 4242 4242 4242</dd>
<dt>Payer</dt><dd>$payer</dd>
<dt class="total">Total</dt><dd class="total">$amount</dd>
</dl>
<form method="post" action="/c/pay/$pk/pay"><button class="pay" type="submit">Pay $amount</button></form>
<form method="post" action="/c/pay/$pk/cancel"><button type="submit">Cancel</button></form>
</section>""")

_SETUP = Template("""<section class="card" aria-labelledby="bank">
<h2 id="bank">Your bank account</h2>
<form method="post" action="/setup/$pk/finish">
<p class="field"><label for="number">Account number</label>
<input id="number" name="number" value="$number" required inputmode="numeric" pattern="[0-9]{4,17}"
 autocomplete="off" aria-describedby="${about}numbers"$invalid></p>
$problem
<p class="hint" id="numbers">Any 4 to 17 digits. 000111111116 is an account that does not exist: its bank sends payouts
back. Two people who give the same number share a bank account.</p>
$asked
<button class="pay" type="submit">Save and finish</button>
</form>
<form method="post" action="/setup/$pk/leave"><button type="submit">Back without finishing</button></form>
</section>""")

_WANTED = {
    "external_account": "a bank account", "individual.dob": "your date of birth", "individual.last_name": "your name",
    "individual.verification.document": "a picture of your papers", "tos_acceptance": "that you agree to the terms",
}  # fmt: skip

_CLOSED = {
    "complete": ("This payment is done", "Nothing more is to be paid here."),
    "expired": ("This payment page has closed", "Nothing was paid. Start a new deposit in your wallet."),
}


def payment_page(*, session: dict[str, Any]) -> str:
    """The page of a checkout session, open or not."""
    amount = money(session["amount_total"], session["currency"])
    if session["status"] == "open":
        heading, note = session.get("_description", "Payment"), "Choose Pay to go on as if a card had been charged."
        side = _ORDER.substitute(
            pk=escape(session["id"]), amount=escape(amount), payer=escape(session["customer_email"] or "You")
        )
    else:
        heading, note = _CLOSED[session["status"]]
        side = '<section class="card"><h2>Go back to Tally</h2><form method="post" action="/c/pay/{}/back">'.format(
            escape(session["id"])
        )
        side += '<button class="pay" type="submit">Back to Tally</button></form></section>'
    return _PAGE.substitute(
        title=escape(f"Pay {amount} (sandbox)"), heading=escape(heading), amount=escape(amount), note=escape(note),
        side=side,
    )  # fmt: skip


def setup_page(*, link: dict[str, Any], account: dict[str, Any], refused: str | None = None) -> str:
    """Where a connected account gives what the provider wants to know. `refused` is a number that is none."""
    wanted = [_WANTED.get(name, name) for name in account["requirements"]["currently_due"]]
    asked = "".join(f"<li>{escape(words)}</li>" for words in wanted)
    asked = f'<p class="hint">Wanted of you, and given with this button:</p><ul class="hint">{asked}</ul>'
    side = _SETUP.substitute(
        pk=escape(link["id"]), number=escape(refused or account.get("_number") or "000123456789"),
        about="" if refused is None else "wrong ", invalid="" if refused is None else ' aria-invalid="true"',
        problem="" if refused is None else '<p class="wrong" id="wrong" role="alert">A number has 4 to 17 digits.</p>',
        asked=asked if wanted else "",
    )  # fmt: skip
    who = f"For {account['email'] or 'you'} in {account['country']}."
    return _PAGE.substitute(
        title="Set up payouts (sandbox)", heading="Set up payouts", amount="Where you are paid", side=side,
        note=escape(f"{who} The real provider asks for papers here; Tally never sees them."),
    )  # fmt: skip


def missing_page(why: str = "The address may be incomplete. Go back to Tally and start again there.") -> str:
    """For an address that names nothing, or a button that has nothing to do."""
    return _PAGE.substitute(
        title="No such page (sandbox)", heading="There is no such page", amount="Nothing here", note=escape(why),
        side="",
    )  # fmt: skip


def return_url(*, session: dict[str, Any], paid: bool) -> str:
    """Where the person goes from here; the provider's placeholder is filled in."""
    url = session["success_url"] if paid else session["cancel_url"]
    return str(url).replace("{CHECKOUT_SESSION_ID}", session["id"])


def content_security_policy(*, back: list[str]) -> str:
    """Nothing but our own style sheet; forms go to us and on to the addresses `back` where the person came from."""
    origins = sorted({_origin(url) for url in back})
    return "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; " + " ".join(
        ["form-action 'self'", *origins]
    )


def money(cents: int, currency: str) -> str:
    """`$1,234.50`, or with the currency's code where it has no sign here."""
    number = f"{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    sign = "−" if cents < 0 else ""
    return f"{sign}${number}" if currency == "usd" else f"{sign}{number} {currency.upper()}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
