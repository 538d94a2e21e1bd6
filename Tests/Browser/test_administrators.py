"""What administrators do: people, rights, the server and what it keeps."""

from __future__ import annotations

import requests

from browsing import Mode, Visit, Visitor
from duties import commands, said, send
from support.cellar import ADMIN, ADMIN_PASSWORD, PASSWORD, USER


def administrator(visit: Visit, mode: Mode) -> Visitor:
    return visit(mode, ADMIN, password=ADMIN_PASSWORD)


def test_the_light_says_whether_all_is_well(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    page = visitor.go("/")
    page.locator("summary", has_text=ADMIN).click()
    page.get_by_role("link", name=mode.say("Administration", "管理"), exact=True).click()
    visitor.look("admin")
    light = page.locator("dl .tag").first
    assert light.inner_text() == mode.say("All is well", "正常")
    page.locator('form[action$="admin/"] button').click()
    assert "check=all" in page.url and light.inner_text() == mode.say("All is well", "正常")
    visitor.look("admin-thorough")
    # Where nothing is left to write to, it says so.
    spool = visitor.cellar.data / "spool"
    spool.rename(spool.with_name("away"))
    try:
        page = visitor.go("/admin/")
        assert page.locator("dl .tag.bad").is_visible() and page.locator("#findings .tag.bad").count() >= 1
        visitor.look("admin-wrong")
    finally:
        spool.with_name("away").rename(spool)


def test_people_are_added_and_looked_after(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    name = f"new-{mode}"
    page = visitor.go("/admin/people")
    visitor.look("people")
    send(page, "admin/people", name="no name", password=PASSWORD)
    assert page.locator("#name-error").is_visible()
    send(page, "admin/people", name=name, password="short")
    assert page.locator("#password-error").is_visible()
    send(page, "admin/people", name=name, password=PASSWORD)
    assert said(page) == mode.say("The user is added.", "ユーザーを追加しました。")
    visitor.look("person")
    send(page, "/role")
    assert said(page) == mode.say("The role is changed.", "役割を変更しました。")
    send(page, "/role")
    send(page, "/reset")
    link = commands(page)[0]
    assert link.startswith(visitor.cellar.url("/account/reset/"))
    visitor.look("person-reset")
    assert requests.get(link, timeout=30).status_code == 200
    page = visitor.go(f"/admin/people/{name}")
    page.locator("#block").get_by_role("link").click()
    visitor.look("person-block")
    send(page, "/block")
    assert requests.get(visitor.cellar.url("/team/simple/"), auth=(name, PASSWORD), timeout=30).status_code == 401
    send(page, "/unblock")
    page.locator("#remove").get_by_role("link").click()
    visitor.look("person-remove")
    send(page, "/remove", typed="somebody")
    assert page.locator("#typed-error").is_visible()
    send(page, "/remove", typed=name)
    assert said(page) == mode.say("The user is removed.", "ユーザーを削除しました。")
    # The last administrator stays.
    page = visitor.go(f"/admin/people/{ADMIN}")
    send(page, "/role")
    assert page.get_by_role("alert").is_visible()


def test_groups_have_members_and_rights(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    name = f"group-{mode}"
    page = visitor.go("/admin/groups")
    send(page, "admin/groups", name=name)
    send(page, "/members", user="nobody-here")
    assert page.locator("#user-error").is_visible()
    send(page, "/members", user=USER)
    assert said(page) == mode.say("The member is added.", "メンバーを追加しました。")
    page = visitor.go("/admin/grants")
    visitor.look("grants")
    send(page, "admin/grants", right="read", principal=f"group:{name}", index="team", project=f"acme-{mode}-*")
    assert said(page) == mode.say("The right is given.", "権限を付与しました。")
    page.locator('form[action$="admin/grants"][method="get"] [name="user"]').fill(USER)
    page.locator('form[action$="admin/grants"][method="get"] [name="project"]').fill(f"acme-{mode}-x")
    page.locator('form[action$="admin/grants"][method="get"] [name="index"]').select_option("team")
    page.locator('form[action$="admin/grants"][method="get"] button').click()
    assert f"group:{name}" in page.locator("#why").inner_text()
    visitor.look("grants-why")
    page = visitor.go(f"/admin/groups/{name}")
    visitor.look("group")
    page.locator("#members tbody").get_by_role("link").nth(1).click()
    send(page, "/remove")
    page.locator("#remove").get_by_role("link").click()
    visitor.look("group-remove")
    send(page, "/remove", typed=name)
    assert said(page) == mode.say("The group is removed.", "グループを削除しました。")


def test_people_are_invited_and_requests_decided(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    page = visitor.go("/admin/invitations")
    send(page, "admin/invitations", name=f"guest-{mode}", expires="24")
    visitor.look("invitations")
    assert requests.get(commands(page)[0], timeout=30).status_code == 200
    page.locator("#open tbody").get_by_role("link").last.click()
    send(page, "/remove")
    assert said(page) == mode.say("The invitation is taken back.", "招待を取り消しました。")
    stranger, names = visit(mode), [f"asks-{mode}", f"begs-{mode}"]
    for name in names:
        asking = stranger.go("/account/register")
        send(asking, "account/register", name=name, password=PASSWORD, repeated=PASSWORD, note="of team <b>red</b>")
    page = visitor.go("/admin/requests")
    visitor.look("requests")
    page.get_by_role("button", name=names[0]).click()
    assert said(page) == mode.say(
        "The account is made: they can sign in now.", "アカウントを作成しました。サインインできます。"
    )
    assert requests.get(visitor.cellar.url("/team/simple/"), auth=(names[0], PASSWORD), timeout=30).ok
    page.get_by_role("link", name=names[1]).click()
    visitor.look("request-reject")
    send(page, "/reject")
    assert said(page) == mode.say("The request is rejected.", "申請を却下しました。")


def test_machines_have_service_accounts(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    name = f"robot-{mode}"
    page = visitor.go("/admin/tokens")
    send(page, "admin/services", name=name)
    assert said(page) == mode.say("The service account is added.", "サービスアカウントを追加しました。")
    visitor.cellar.cli("token", "create", f"key-{mode}", "--service", name)
    page = visitor.go("/admin/tokens")
    visitor.look("admin-tokens")
    page.get_by_role("link", name=mode.say(f"Revoke key-{mode}", f"key-{mode} を失効")).click()
    send(page, "/revoke")
    page.get_by_role("link", name=mode.say(f"Remove {name}", f"{name} を削除")).click()
    visitor.look("service-remove")
    send(page, "/remove", typed=name)
    assert said(page) == mode.say("The service account is removed.", "サービスアカウントを削除しました。")


def test_the_server_shows_its_indexes_upstreams_and_servers(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    page = visitor.go("/admin/indexes")
    visitor.look("indexes")
    text = page.locator("#index-open").inner_text()
    assert mode.say("anyone may upload", "誰でもアップロード可") in text and "cellar.toml" in text
    assert mode.say("nobody may upload", "誰もアップロード不可") in page.locator("#index-archive").inner_text()
    for path, name in (("upstreams", "upstreams"), ("replicas", "replicas"), ("statistics?days=7", "statistics")):
        page = visitor.go(f"/admin/{path}")
        visitor.look(name)
    assert page.locator("svg.bars").count() == 3 and page.locator("#days tbody tr").count() == 7


def test_the_cache_is_pruned_after_a_dry_run(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    page = visitor.go("/admin/cache")
    visitor.look("cache")
    send(page, "admin/cache/prune", index="", project="", days="", size="")
    assert page.locator("#project-error").is_visible()
    send(page, "admin/cache/prune", index="main", days="90")
    visitor.look("cache-preview")
    assert "cellar cache prune --index main --older-than 90d" in commands(page)
    page.locator('form[method="post"][action$="admin/cache/prune"] button').click()
    assert said(page) == mode.say("The cached files are forgotten.", "キャッシュを破棄しました。")


def test_storage_is_swept_and_a_rebuild_says_why_not(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    page = visitor.go("/admin/storage")
    visitor.look("storage")
    assert "127.0.0.1" in page.locator("#rebuild .why").inner_text()
    send(page, "admin/sweep", age="24")
    done = mode.say("dry run done", "試行完了")
    for _ in range(50):
        page = visitor.go("/admin/storage")
        if done in page.locator("#sweep").inner_text():
            break
    assert done in page.locator("#sweep").inner_text()
    page.get_by_role("link", name=mode.say("Sweep for good", "本番のスイープ")).click()
    visitor.look("sweep")
    send(page, "admin/sweep")
    assert said(page) == mode.say("The sweep has begun.", "スイープを開始しました。")


def test_the_audit_is_filtered_and_paged(visit: Visit, mode: Mode) -> None:
    visitor = administrator(visit, mode)
    page = visitor.go("/admin/audit")
    visitor.look("audit")
    send(page, "admin/audit", action="file.publish", project="acme")
    assert page.locator("#lines tbody tr").count() == 5
    assert commands(page)[0] == "cellar audit --action file.publish --project acme"
    send(page, "admin/audit", project="???")
    assert page.get_by_role("alert").is_visible()


def test_others_see_none_of_it(visit: Visit, mode: Mode) -> None:
    visitor = visit(mode, USER)
    page = visitor.go("/admin/people")
    assert page.locator("table").count() == 0 and ADMIN not in page.locator("main").inner_text()
    page = visitor.go("/")
    page.locator("summary", has_text=USER).click()
    assert page.get_by_role("link", name=mode.say("Administration", "管理"), exact=True).count() == 0
