"""One's own account: tokens, sessions, the history, and what one may do."""

from __future__ import annotations

import re

import requests

from browsing import Mode, Visit
from duties import commands, said, send
from support.cellar import PASSWORD, USER


def test_somebody_makes_uses_and_revokes_a_token(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    page = visitor.go("/account/tokens")
    visitor.look("tokens")
    name = f"laptop-{mode}"
    send(page, "account/tokens", **{"name": name, "right-read": "on", "present": "wrong"})
    assert page.locator("#present-error").is_visible()
    send(page, "account/tokens", **{"name": "no name", "right-read": "on", "projects": "acme", "present": PASSWORD})
    assert page.locator("#name-error").is_visible() and page.locator("#name").input_value() == "no name"
    assert page.locator("#right-read").is_checked() and page.locator("#projects").input_value() == "acme"
    visitor.look("tokens-wrong")
    send(page, "account/tokens", **{"name": name, "projects": "acme ???", "present": PASSWORD})
    assert page.locator("#projects-error").is_visible()
    send(page, "account/tokens", **{"name": name, "projects": "", "expires": "7", "present": PASSWORD})
    visitor.look("tokens-made")
    shown = commands(page)
    token = shown[0]
    assert re.fullmatch(r"cellar_\w{38}", token)
    for part in (
        f"index-url = http://__token__:{token}@127.0.0.1:{visitor.cellar.port}/main/simple/",
        f"machine 127.0.0.1\nlogin __token__\npassword {token}",
        "[[index]]",
        "index-servers = cellar",
        f"poetry config http-basic.cellar __token__ {token}",
    ):
        assert any(part in text for text in shown), part
    team = visitor.cellar.url("/team/simple/secret-plans/")
    assert requests.get(team, auth=("__token__", token), timeout=30).status_code == 200
    page = visitor.go("/account/tokens")
    assert token not in page.content()
    page.get_by_role("link", name=mode.say(f"Revoke {name}", f"{name} を失効")).click()
    visitor.look("token-revoke")
    assert re.fullmatch(rf"cellar token revoke '#\d+' --user {USER}", commands(page)[0])
    assert requests.get(team, auth=("__token__", token), timeout=30).status_code == 200, "looking does nothing"
    send(page, "/revoke")
    assert said(page) == mode.say("The token is revoked.", "トークンを失効させました。")
    assert requests.get(team, auth=("__token__", token), timeout=30).status_code == 401


def test_the_command_beside_the_form_does_the_same(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    page = visitor.go("/account/tokens")
    wish = {"name": "!", "right-read": "on", "index-team": "on", "projects": "acme", "present": PASSWORD}
    send(page, "account/tokens", **wish)
    command = commands(page)[0]
    assert command == f"cellar token create '!' --user {USER} --right read --index team --project acme --expires 90d"
    words = command.replace("'!'", f"shell-{mode}").split()[1:]
    assert visitor.cellar.cli(*words).startswith("cellar_")


def test_somebody_ends_a_session_and_all(visit: Visit, mode: Mode) -> None:
    name = f"eve-{mode}"
    cellar = visit(mode).cellar
    cellar.cli("user", "add", name, "--password-stdin", input=PASSWORD + "\n")
    here, there = visit(mode, name), visit(mode, name)
    page = here.go("/account/sessions")
    here.look("sessions")
    assert page.locator("tbody tr").count() == 2 and page.locator(".tag.good").count() == 1
    page.locator("tbody tr").filter(has_not=page.locator(".tag.good")).get_by_role("link").click()
    here.look("session-end")
    send(page, "/revoke")
    assert said(page) == mode.say("The session has ended.", "セッションを終了しました。")
    assert there.go("/account").url.endswith("/login?next=/account")
    send(page, "account/sign-out")
    assert here.go("/account/sessions").url.endswith("/login?next=/account/sessions")


def test_the_history_says_what_happened_to_the_account(visit: Visit, mode: Mode) -> None:
    name = f"ivy-{mode}"
    stranger = visit(mode)
    stranger.cellar.cli("user", "add", name, "--password-stdin", input=PASSWORD + "\n")
    visitor = visit(mode, name)
    stranger.cellar.cli("token", "create", "mine", "--user", name)
    stranger.cellar.cli("user", "block", name)
    stranger.cellar.cli("user", "unblock", name)
    page = visitor.go("/account/history")
    visitor.look("history")
    actions = page.locator("tbody tr td:nth-child(2) code").all_inner_texts()
    assert actions[:3] == ["user.unblock", "user.block", "token.session"] and "user.add" in actions
    assert USER not in page.locator("main").inner_text(), "nothing of others"


def test_somebody_sees_what_they_may_do_and_why(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    cellar, secret = visitor.cellar, f"hidden-{mode}"
    cellar.cli("grant", "add", "read", "user:root", "--project", secret)
    page = visitor.go("/account/rights")
    visitor.look("rights")
    text = page.locator("#index-archive").inner_text()
    assert mode.say("no list and no grant gives it", "どのリストにも付与にもありません") in text
    assert "everyone" in page.locator("#index-main").inner_text()
    assert page.locator("#projects").get_by_role("link", name="acme", exact=True).is_visible()

    def ask(project: str) -> str:
        send(page, "account/rights", index="main", project=project)
        return page.locator("#ask").inner_text()

    assert mode.say("the owner of a project may write", "プロジェクトの所有者は書き込めます") in ask("acme")
    # A project that is hidden, and one that does not exist.
    answers = {ask(name).replace(name, "NAME") for name in (secret, "nowhere-at-all")}
    assert len(answers) == 1 and page.locator("#project-error").is_visible()
    visitor.look("rights-nothing")
