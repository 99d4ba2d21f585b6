"""A POST that is sent twice with one Idempotency-Key is done once."""

import asyncio

import httpx

from alarmd.db.pool import Pool
from tests.web.conftest import Press, slug


async def test_the_same_request_again_gets_the_same_answer_and_is_not_done_again(
    press: Press, admin: httpx.AsyncClient, pool: Pool
) -> None:
    place = f"/v1/alarms/{(await press('button-1'))['id']}/note"
    headers = {"Idempotency-Key": "note-1"}
    first = await admin.post(place, json={"note": "한 번만"}, headers=headers)
    again = await admin.post(place, json={"note": "한 번만"}, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'noted'") == 1


async def test_another_request_under_the_same_key_is_refused(press: Press, admin: httpx.AsyncClient) -> None:
    place = f"/v1/alarms/{(await press('button-1'))['id']}/note"
    headers = {"Idempotency-Key": "note-1"}
    await admin.post(place, json={"note": "하나"}, headers=headers)
    assert slug(await admin.post(place, json={"note": "둘"}, headers=headers)) == "invalid"
    assert slug(await admin.post(f"{place}?x=1", json={"note": "하나"}, headers=headers)) == "invalid"


async def test_of_the_same_request_many_times_at_once_one_is_done(
    press: Press, admin: httpx.AsyncClient, pool: Pool
) -> None:
    place = f"/v1/alarms/{(await press('button-1'))['id']}/note"
    headers = {"Idempotency-Key": "note-1"}
    answers = await asyncio.gather(*(admin.post(place, json={"note": "x"}, headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert any(answer.status_code == 200 for answer in answers)
    assert await pool.fetchval("SELECT count(*) FROM timeline WHERE what = 'noted'") == 1


async def test_what_failed_may_be_tried_again(press: Press, admin: httpx.AsyncClient) -> None:
    place = f"/v1/alarms/{(await press('button-1'))['id']}"
    headers = {"Idempotency-Key": "late"}
    await admin.post(f"{place}/acknowledge", json={"by": "a"})
    for _ in range(2):
        assert slug(await admin.post(f"{place}/acknowledge", json={"by": "b"}, headers=headers)) == "conflict"


async def test_two_callers_may_use_the_same_word(press: Press, admin: httpx.AsyncClient) -> None:
    made = (await admin.post("/v1/keys", json={"name": "other", "role": "operator"})).json()
    place = f"/v1/alarms/{(await press('button-1'))['id']}/note"
    headers = {"Idempotency-Key": "1"}
    await admin.post(place, json={"note": "x"}, headers=headers)
    theirs = headers | {"Authorization": f"Bearer {made['key']}"}
    assert (await admin.post(place, json={"note": "y"}, headers=theirs)).status_code == 200


async def test_a_secret_is_not_kept_to_be_given_again(admin: httpx.AsyncClient, pool: Pool) -> None:
    headers = {"Idempotency-Key": "key-1"}
    body = {"name": "x", "role": "viewer"}
    made = await admin.post("/v1/keys", json=body, headers=headers)
    assert made.status_code == 201
    assert slug(await admin.post("/v1/keys", json=body, headers=headers)) == "conflict"
    assert await pool.fetchval("SELECT count(*) FROM keys WHERE name = 'x'") == 1
    assert await pool.fetchval("SELECT body FROM idempotency") == b""


async def test_a_request_whose_process_died_may_be_sent_again_after_a_minute(
    press: Press, admin: httpx.AsyncClient, pool: Pool
) -> None:
    place = f"/v1/alarms/{(await press('button-1'))['id']}/note"
    headers = {"Idempotency-Key": "note-1"}
    await admin.post(place, json={"note": "x"}, headers=headers)
    await pool.execute("UPDATE idempotency SET status = 0, body = ''")
    assert slug(await admin.post(place, json={"note": "x"}, headers=headers)) == "conflict"
    await pool.execute("UPDATE idempotency SET created_at = now() - interval '61 s'")
    assert (await admin.post(place, json={"note": "x"}, headers=headers)).status_code == 200
