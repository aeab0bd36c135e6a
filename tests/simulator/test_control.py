"""The control interface, the server as a process, and the line it prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError

import pytest

from simulator.accounts import fresh_account
from simulator.running import RunningSimulator
from simulator.server import Simulator, account_from_json, account_to_json, main
from tests.simulator.conftest import Caller, Clock

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.gen_test
async def test_the_truth_is_read_page_by_page(caller: Caller, simulator: Simulator) -> None:
    await caller.post("/control/settings", {"rules": False})
    for n in range(5):
        await caller.say(f"o{n}", str(n))
        await caller.sms(body=str(n))
    first = await caller.get("/control/accepted?limit=4")
    assert [entry["n"] for entry in first["accepted"]] == [1, 2, 3, 4]
    assert (first["next"], first["last"], first["oldest"]) == (4, 10, 1)
    rest = await caller.get("/control/accepted?after=4")
    assert [entry["n"] for entry in rest["accepted"]] == [5, 6, 7, 8, 9, 10]
    only = await caller.get("/control/accepted?api=wechat&limit=2&after=3")
    assert [(entry["n"], entry["to"]) for entry in only["accepted"]] == [(5, "o2"), (7, "o3")]
    assert only["next"] == 7
    assert (await caller.ask("GET", "/control/accepted?after=x"))[0] == 422
    assert (await caller.ask("GET", "/control/accepted?api=fax"))[0] == 422


@pytest.mark.gen_test
async def test_followers_handsets_clock_and_tokens(caller: Caller, clock: Clock) -> None:
    await caller.post("/control/followers", {"openids": ["a", "b"], "wrote": 0})
    await caller.post("/control/followers", {"openids": ["c"], "wrote": 48 * 3600})
    assert [await caller.say(openid) for openid in "abc"] == [0, 0, 45015]
    await caller.post("/control/clock", {"advance": 7200})
    assert await caller.say("a") == 42001
    await caller.fetch_token()
    assert await caller.say("a") == 0
    await caller.post("/control/tokens/end", {})
    assert await caller.say("a") == 40001
    await caller.post("/control/handsets", {"numbers": ["+8613800000001"], "opted_out": True})
    assert (await caller.sms("+8613800000001"))[1]["code"] == 21610
    state = await caller.get("/control/state")
    assert state["token_refreshes"] == 2
    assert state["refused"] == {"wechat": {"45015": 1, "42001": 1, "40001": 1}, "twilio": {"21610": 1}}
    assert state["accepted"] == {"wechat.custom": 3}


@pytest.mark.gen_test
async def test_a_reset_forgets_everything_but_the_account(caller: Caller, simulator: Simulator) -> None:
    await caller.sms()
    phone = await caller.post("/phones", {"kind": "sms"})
    await caller.post("/control/faults", {"twilio": {"rate": 1, "mix": {"http:500": 1}}})
    await caller.post("/control/settings", {"callbacks": "late+shuffled", "rules": False})
    assert (await caller.sms())[0] == 500
    state = await caller.post("/control/reset", {})
    assert (state["last"], state["accepted"], state["phones"], state["settings"]["rules"]) == (0, {}, 0, True)
    assert (await caller.ask("GET", f"/phones/{phone['id']}"))[0] == 404
    assert (await caller.sms())[0] == 201


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("settings", {"callbacks": "sometimes"}),
        ("settings", {"callbacks": "off+late"}),
        ("settings", {"token_lifetime": 0.5}),
        ("settings", {"landlines": "("}),
        ("settings", {"unknown": 1}),
        ("settings", [1]),
        ("faults", {"wechat": {"rate": 2}}),
        ("faults", {"fax": {}}),
        ("clock", {"advance": -1}),
        ("followers", {"openids": []}),
    ],
)
async def test_what_means_nothing_is_refused(caller: Caller, path: str, body: object) -> None:
    before = await caller.get("/control/state")
    status, answer = await caller.ask("POST", f"/control/{path}", json=body)
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert await caller.get("/control/state") == before


@pytest.mark.gen_test
async def test_the_record_is_bounded(simulator: Simulator) -> None:
    journal = simulator.world.journal
    journal._size = 3
    journal.reset()
    for n in range(5):
        journal.accept("twilio", "sms", "AC", to=str(n), text="")
    entries, going_on = journal.after(0, 10)
    assert [entry.n for entry in entries] == [3, 4, 5]
    assert (going_on, journal.oldest, journal.last) == (5, 3, 5)


def test_accounts_are_repeated_by_their_seed_and_survive_json() -> None:
    assert fresh_account(7) == fresh_account(7) != fresh_account(8)
    assert fresh_account() != fresh_account()
    assert account_from_json(account_to_json(fresh_account(7))) == fresh_account(7)
    with pytest.raises(ValueError, match="no account"):
        account_from_json('{"wechat": {}}')


def test_a_child_process_keeps_its_account_over_restarts() -> None:
    with RunningSimulator(rules=False, callbacks=False) as simulator:
        assert simulator.settings["HOTLINE_WECHAT__API_BASE"] == simulator.url
        state = simulator.state()
        assert (state["settings"]["rules"], state["settings"]["callbacks"]) == (False, "off")
        assert simulator.accepted() == []
        simulator.stop()
        simulator.start()
        wechat = simulator.account.wechat
        grant = {"grant_type": "client_credential", "appid": wechat.app_id, "secret": wechat.app_secret}
        token = simulator.ask("/cgi-bin/stable_token", grant)["access_token"]
        for n in range(3):
            message = {"touser": f"o{n}", "msgtype": "text", "text": {"content": "您好"}}
            assert simulator.ask(f"/cgi-bin/message/custom/send?access_token={token}", message)["errcode"] == 0
        assert [entry["to"] for entry in simulator.accepted("wechat")] == ["o0", "o1", "o2"]
        with pytest.raises(HTTPError) as refused:
            simulator.ask("/phones/none")
        refused.value.close()
        assert refused.value.code == 404


def test_the_command_prints_what_the_gateway_needs_and_ends_in_order() -> None:
    command = [sys.executable, "-m", "simulator.server", "--port", "0", "--seed", "7", "--mode", "compatible"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(14)]
        process.terminate()
        assert process.wait(10) == 0
    given = dict(line.split("=", 1) for line in lines if line.startswith("HOTLINE_"))
    assert given["HOTLINE_WECHAT__APP_ID"] == fresh_account(7).wechat.app_id
    assert given["HOTLINE_WECHAT__MODE"] == "compatible"
    assert given["HOTLINE_SMS__API_BASE"].startswith("http://127.0.0.1:")
    assert given["HOTLINE_SMS__PHONE_OFF_RETRY"] == "2s"


def test_a_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with RunningSimulator() as simulator:
        assert main(["--port", str(simulator.port)], {}) == 1
    assert f"cannot listen on 127.0.0.1:{simulator.port}" in capsys.readouterr().err
