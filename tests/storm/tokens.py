"""What two services outside sign with the tests' one key: reservation tokens, and who is logged in."""

import base64
import hashlib
import hmac
import json
import time

KEY = "a key that only tests know, of 32 bytes and more"


def text64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(text):
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256)


def reservation(user, activity):
    """As the entry service issues it (docs/openapi.yaml: `token`)."""
    subject = f"{user}:{activity}"
    return text64(f"{subject}:{sign(subject).hexdigest()}".encode())


def login(user):
    """The value of an Authorization header, good for an hour."""
    claims = {"sub": str(user), "exp": int(time.time()) + 3600}
    signed = ".".join(text64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"Bearer {signed}.{text64(sign(signed).digest())}"


def payload(user, activity):
    """What a reservation token stands for in Redis."""
    return json.dumps({"userId": user, "campaignActivityId": activity, "productId": 1,
                       "campaignActivityType": "FIRST_COME_FIRST_SERVE", "quantity": 1})
