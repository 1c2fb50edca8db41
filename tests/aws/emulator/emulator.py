"""AWS on this machine: moto's server, mended where a test would prove too little or fail for nothing.

Prints its port once it listens, and ends with its standard input, so that nobody can leave it behind.
"""

import io
import logging
import os
import sys
import threading
import uuid

from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import JsonRESTError
from moto.events.models import Rule
from moto.iam import access_control
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3 import models, responses as s3
from moto.s3.exceptions import MissingUploadObjectWithObjectLockHeaders
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sns.responses import SNSResponse
from werkzeug.serving import make_server


class Unconditional(access_control.IAMPolicyStatement):
    """moto takes every condition for unmet: here a Deny with one is not there, and an Allow always is."""

    def __init__(self, statement):
        if "Condition" in statement:
            denies = statement["Effect"] == "Deny"
            statement = {**statement, "Condition": None, **({"Action": []} if denies else {})}
            if denies:
                statement.pop("NotAction", None)
        super().__init__(statement)


def trust_signatures():
    """moto finds signatures of several S3 queries wrong; the access key tells well enough who asks."""
    access_control.IAMRequestBase.check_signature = lambda self: None


def tell_actions_apart():
    """moto asks for s3:PutObject or s3:CreateBucket where it doesn't know the action."""
    s3.ACTION_MAP["KEY"]["PUT"].update(
        {"retention": "PutObjectRetention", "legal-hold": "PutObjectLegalHold"}
    )
    s3.ACTION_MAP["KEY"]["DELETE"]["tagging"] = "DeleteObjectTagging"
    s3.ACTION_MAP["BUCKET"]["PUT"]["object-lock"] = "PutBucketObjectLockConfiguration"


def tell_resources_apart():
    """Elsewhere than in S3, moto asks for the right to every resource at once."""
    SecretsManagerResponse._determine_resource = lambda self: self._get_param("SecretId") or "*"
    SNSResponse._determine_resource = lambda self: self._get_param("TopicArn") or "*"


def trust_everybody():
    """moto knows neither services nor whole accounts in a role's trust: here the caller's own right decides."""
    access_control.IAMRequestBase._is_assuming_role_operation = lambda self, resource: False


def deny_in_json():
    """moto denies in XML, which clients of the services that speak JSON can't read."""
    deny = access_control.IAMRequest._raise_access_denied

    def denied(self):
        if "X-Amz-Target" in self._headers:
            raise JsonRESTError("AccessDeniedException", f"No statement allows {self._action}.")
        deny(self)

    access_control.IAMRequest._raise_access_denied = denied


def refuse_parts_without_checksum():
    """Under a default retention S3 asks of parts what moto asks of whole objects only."""
    upload = s3.S3Response.upload_part

    def checked(self):
        bucket = self.backend.get_bucket(self.bucket_name)
        named = [name.lower() for name in self.headers.keys()]
        summed = any(n == "content-md5" or n.startswith("x-amz-checksum-") for n in named)
        if bucket.has_default_lock and not summed:
            raise MissingUploadObjectWithObjectLockHeaders
        return upload(self)

    s3.S3Response.upload_part = checked


def sum_whole_objects():
    """Of an object made of parts moto knows the sum of the parts' sums only, in no form of S3's own."""
    complete = models.FakeMultipart.complete

    def completed(self, parts):
        value, etag, _ = complete(self, parts)
        algorithm = self.metadata.get("x-amz-checksum-algorithm")
        return value, etag, algorithm and models.compute_checksum(value, algorithm).decode()

    models.FakeMultipart.complete = completed


def pass_functions_by():
    """moto calls no function, and then tells nobody else of the event either."""
    send = Rule.send_to_targets

    def sent(self, *args, **kwargs):
        try:
            send(self, *args, **kwargs)
        except NotImplementedError:
            pass

    Rule.send_to_targets = sent


def give_codes(app):
    """moto does not say where a function's code can be had."""
    codes = {}
    tell = LambdaFunction.get_code

    def told(self):
        path = f"/code/{uuid.uuid4()}"
        codes[path] = self.code_bytes
        link = {"RepositoryType": "S3", "Location": f"http://127.0.0.1:{server.port}{path}"}
        return {**tell(self), "Code": link}

    def answer(environ, start):
        code = codes.get(environ["PATH_INFO"])
        if code is None:
            return app(environ, start)
        start("200 OK", [("Content-Type", "application/zip")])
        return [code]

    LambdaFunction.get_code = told
    return answer


def keep_lifecycles(app):
    """moto gives a lifecycle back with parts left out and added: Pulumi's provider waits in vain."""
    put = {}

    def answer(environ, start):
        bucket = environ.get("HTTP_HOST", "") + environ["PATH_INFO"]
        query = environ.get("QUERY_STRING", "").split("&")
        if not any(part.split("=")[0] == "lifecycle" for part in query):
            return app(environ, start)
        asked = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(asked)
        told = []
        body = b"".join(app(environ, lambda status, headers, *_: told.append((status, headers))))
        [(status, headers)] = told
        if status.startswith("20") and environ["REQUEST_METHOD"] == "PUT":
            put[bucket] = asked
        if status.startswith("20") and environ["REQUEST_METHOD"] == "GET" and bucket in put:
            body = put[bucket]
            size = "x-amz-transition-default-minimum-object-size"
            headers = [(size, "all_storage_classes_128K"), ("Content-Type", "application/xml")]
        start(status, headers)
        return [body]

    return answer


def one_at_a_time(app):
    """moto looks whether a condition holds, and then writes: another request may come between."""
    turn = threading.Lock()

    def answer(environ, start):
        if "/s3/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
            return app(environ, start)
        # The whole body first, so that nobody waits for a slow sender.
        size = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(size))
        with turn:
            return app(environ, start)

    return answer


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


access_control.IAMPolicyStatement = Unconditional
trust_signatures()
tell_actions_apart()
tell_resources_apart()
trust_everybody()
deny_in_json()
refuse_parts_without_checksum()
sum_whole_objects()
pass_functions_by()
logging.getLogger("werkzeug").setLevel(logging.ERROR)
backends = DomainDispatcherApplication(create_backend_app)
application = one_at_a_time(give_codes(keep_lifecycles(backends)))
server = make_server("127.0.0.1", 0, application, threaded=True)
threading.Thread(target=end_with_input, daemon=True).start()
print(server.port, flush=True)
server.serve_forever()
