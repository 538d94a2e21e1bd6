"""A token issuer of a CI system, as GitHub Actions and GitLab have one; README.md beside it has the addresses."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

from flask import Flask, Response, jsonify, request
from serving import Keys, run
from signing import FORGERIES, Claims

#: What a runner sends to get a token (ACTIONS_ID_TOKEN_REQUEST_TOKEN).
RUNNER_TOKEN = "runner-token"
LIFETIME_SECONDS = 300

# https://docs.github.com/en/actions/reference/security/oidc
GITHUB: Mapping[str, object] = {
    "sub": "repo:acme/widget:environment:release",
    "actor": "alice",
    "actor_id": "3003",
    "base_ref": "",
    "environment": "release",
    "event_name": "push",
    "head_ref": "",
    "job_workflow_ref": "acme/widget/.github/workflows/release.yml@refs/tags/v1",
    "job_workflow_sha": "0123456789abcdef0123456789abcdef01234567",
    "ref": "refs/tags/v1",
    "ref_protected": "true",
    "ref_type": "tag",
    "repository": "acme/widget",
    "repository_id": "2002",
    "repository_owner": "acme",
    "repository_owner_id": "1001",
    "repository_visibility": "private",
    "run_attempt": "1",
    "run_id": "4004",
    "run_number": "10",
    "runner_environment": "github-hosted",
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "workflow": "release",
    "workflow_ref": "acme/widget/.github/workflows/release.yml@refs/tags/v1",
    "workflow_sha": "0123456789abcdef0123456789abcdef01234567",
}

# https://docs.gitlab.com/ci/secrets/id_token_authentication/
GITLAB: Mapping[str, object] = {
    "sub": "project_path:acme/widget:ref_type:tag:ref:v1",
    "ci_config_ref_uri": "gitlab.example.com/acme/widget//.gitlab-ci.yml@refs/tags/v1",
    "ci_config_sha": "0123456789abcdef0123456789abcdef01234567",
    "environment": "release",
    "environment_protected": "true",
    "job_id": "5005",
    "namespace_id": "1001",
    "namespace_path": "acme",
    "pipeline_id": "4004",
    "pipeline_source": "push",
    "project_id": "2002",
    "project_path": "acme/widget",
    "project_visibility": "private",
    "ref": "v1",
    "ref_path": "refs/tags/v1",
    "ref_protected": "true",
    "ref_type": "tag",
    "runner_environment": "self-hosted",
    "runner_id": 1,
    "sha": "0123456789abcdef0123456789abcdef01234567",
    "user_email": "alice@example.org",
    "user_id": "3003",
    "user_login": "alice",
}

JOBS = {"github": GITHUB, "gitlab": GITLAB, "none": {}}


class _Refused(Exception):
    """What a test asked for doesn't exist."""


def make(issuer: str) -> Flask:
    """Returns the issuer of this address."""
    application = Flask(__name__)
    keys = Keys(issuer)
    metadata = {"response_types_supported": ["id_token"], "scopes_supported": ["openid"]}
    application.register_blueprint(keys.routes(metadata, controls=("/forgeries", "/job", "/mint")))
    #: What the job under way changes in the claims of its tokens.
    job: dict[str, object] = {}

    def claims(audience: str, changes: Mapping[str, object]) -> Claims:
        kind = changes.get("job", "github")
        if kind not in JOBS:
            raise _Refused(f"job is one of {', '.join(JOBS)}")
        now = int(time.time())
        made: Claims = {
            "iss": issuer, "aud": audience, "iat": now, "nbf": now, "exp": now + LIFETIME_SECONDS,
            "jti": str(uuid.uuid4()), **JOBS[kind], **changes.get("claims", {}),
        }  # fmt: skip
        return {name: value for name, value in made.items() if name not in changes.get("remove", ())}

    @application.errorhandler(_Refused)
    def refuse(refused: _Refused) -> tuple[Response, int]:
        return jsonify(error=str(refused)), 400

    @application.get("/token")
    def ask() -> tuple[Response, int]:
        if request.headers.get("Authorization", "").lower() != f"bearer {RUNNER_TOKEN}":
            return jsonify(message="the runner's token is missing or wrong"), 401
        audience = request.args.get("audience") or "https://github.com/acme"
        value = keys.signer.sign(claims(audience, job))
        return jsonify(count=len(value), value=value), 200

    @application.post("/job")
    def change_job() -> Response:
        wanted = request.get_json()
        claims("anybody", wanted)
        job.clear()
        job.update(wanted)
        return jsonify(job)

    @application.post("/mint")
    def mint() -> Response:
        wanted = request.get_json()
        made = claims("cellar", wanted)
        forgery = wanted.get("forge")
        if forgery is None:
            return jsonify(value=keys.signer.sign(made, wanted.get("header")))
        if forgery not in FORGERIES:
            raise _Refused(f"forge is one of {', '.join(FORGERIES)}")
        return jsonify(value=keys.signer.forge(forgery, made))

    @application.get("/forgeries")
    def forgeries() -> Response:
        return jsonify(FORGERIES)

    return application


if __name__ == "__main__":
    run(make, __doc__)
