"""Rules of the distribution: it serves what the embedded engine serves, under the same paths, with the same headers."""

import json
from collections.abc import Iterator
from typing import Any

from infra.embedded.static_files import PUBLIC_PREFIXES
from shared.edge.answers import FILES
from shared.edge.front import HEADER
from tests.architecture.template_reading import Template, of, target

Faults = Iterator[str]

NOT_CACHED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""AWS's managed cache policy "CachingDisabled"."""
WITHOUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""AWS's managed origin request policy "AllViewerExceptHostHeader": an HTTP API knows itself by its own name alone."""
KEPT_ERRORS = {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}
"""What CloudFront keeps for 10 seconds when nothing else is said (developer guide, "HTTP 4xx and 5xx status codes")."""


def _config(template: Template) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    return found


def only_the_distribution_reads_public_files(template: Template) -> Faults:
    statements = template["Resources"]["PublicBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    arn = {"Fn::Sub": "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"}
    for one in statements:
        if one["Effect"] == "Allow" and one.get("Condition") != {"StringEquals": {"aws:SourceArn": arn}}:
            yield f"{one['Action']} is allowed to others than our distribution"
    if not any(one["Action"] == "s3:ListBucket" for one in statements):
        yield "a file that is not there would be answered with 403"
    controls = of(template, "AWS::CloudFront::OriginAccessControl")
    for origin in _config(template)["Origins"]:
        if "S3OriginConfig" in origin:
            control = controls.get(target(origin.get("OriginAccessControlId")), {}).get("OriginAccessControlConfig", {})
            if (control.get("SigningBehavior"), control.get("SigningProtocol")) != ("always", "sigv4"):
                yield f"{origin['Id']}: the bucket would have to be public"


def paths_go_where_the_embedded_engine_serves_them(template: Template) -> Faults:
    config = _config(template)
    files = {one["PathPattern"]: one for one in config["CacheBehaviors"]}
    if set(files) != {f"{prefix}*" for prefix in ("/static/", *PUBLIC_PREFIXES)}:
        yield f"files stand under {sorted(files)}"
    for pattern, one in files.items():
        if one["TargetOriginId"] != "files" or one["AllowedMethods"] != ["GET", "HEAD"]:
            yield f"{pattern} is not a file to read"
    default = config["DefaultCacheBehavior"]
    if default["TargetOriginId"] != "functions" or len(default["AllowedMethods"]) != 7:
        yield "pages and the API do not reach the functions"


def nothing_of_a_person_is_cached(template: Template) -> Faults:
    config = _config(template)
    default = config["DefaultCacheBehavior"]
    if default["CachePolicyId"] != NOT_CACHED:
        yield "answers of functions are kept"
    if default["OriginRequestPolicyId"] != WITHOUT_HOST:
        yield "cookies, queries or headers do not reach the functions"
    forgotten = {
        one["ErrorCode"]
        for one in config["CustomErrorResponses"]
        if one == {"ErrorCode": one["ErrorCode"], "ErrorCachingMinTTL": 0}
    }
    if missing := KEPT_ERRORS - forgotten:
        yield f"one person's {sorted(missing)} are answered to others"


def files_say_how_long_they_may_be_kept(template: Template) -> Faults:
    for name, one in of(template, "AWS::CloudFront::CachePolicy").items():
        config = one["CachePolicyConfig"]
        if (config["MinTTL"], config["DefaultTTL"]) != (0, 60) or config["MaxTTL"] < 31536000:
            yield f"{name} does not keep to the files' own word"
        key = config["ParametersInCacheKeyAndForwardedToOrigin"]
        if [key["CookiesConfig"], key["QueryStringsConfig"]] != [
            {"CookieBehavior": "none"},
            {"QueryStringBehavior": "none"},
        ]:
            yield f"{name} keeps a copy for each cookie or query"


def headers_are_those_of_the_embedded_engine(template: Template) -> Faults:
    policies = of(template, "AWS::CloudFront::ResponseHeadersPolicy")
    for behaviour in _config(template)["CacheBehaviors"]:
        policy = policies.get(target(behaviour.get("ResponseHeadersPolicyId")))
        if policy is None:
            yield f"{behaviour['PathPattern']} has no headers"
            continue
        sent = sent_headers(policy["ResponseHeadersPolicyConfig"])
        wanted = dict(FILES)
        if behaviour["PathPattern"].removesuffix("*") in PUBLIC_PREFIXES:
            wanted["access-control-allow-origin"] = "*"
        if sent != wanted:
            yield f"{behaviour['PathPattern']}: {sent} instead of {wanted}"


def sent_headers(config: dict[str, Any]) -> dict[str, str]:
    """The headers that a policy adds to an answer to another site's page."""
    security = config.get("SecurityHeadersConfig", {})
    found: dict[str, str] = {}
    if strict := security.get("StrictTransportSecurity"):
        below = "; includeSubDomains" if strict.get("IncludeSubdomains") else ""
        found["strict-transport-security"] = f"max-age={strict['AccessControlMaxAgeSec']}{below}"
    if "ContentTypeOptions" in security:
        found["x-content-type-options"] = "nosniff"
    if "ReferrerPolicy" in security:
        found["referrer-policy"] = security["ReferrerPolicy"]["ReferrerPolicy"]
    if cors := config.get("CorsConfig"):
        found["access-control-allow-origin"] = ", ".join(cors["AccessControlAllowOrigins"]["Items"])
    for custom in config.get("CustomHeadersConfig", {}).get("Items", ()):
        found[custom["Header"].lower()] = custom["Value"]
    return found


def old_encryption_is_refused(template: Template) -> Faults:
    config = _config(template)
    if config["ViewerCertificate"]["MinimumProtocolVersion"] != "TLSv1.2_2021":
        yield "browsers may speak TLS older than 1.2"
    for one in (config["DefaultCacheBehavior"], *config["CacheBehaviors"]):
        if one["ViewerProtocolPolicy"] != "redirect-to-https":
            yield "something is served in the clear"
    for origin in config["Origins"]:
        custom = origin.get("CustomOriginConfig")
        if custom and (custom["OriginProtocolPolicy"], custom["OriginSSLProtocols"]) != ("https-only", ["TLSv1.2"]):
            yield f"{origin['Id']} is asked in the clear"


def functions_know_what_came_through(template: Template) -> Faults:
    functions = next(one for one in _config(template)["Origins"] if one["Id"] == "functions")
    said = [one["HeaderValue"] for one in functions.get("OriginCustomHeaders", ()) if one["HeaderName"] == HEADER]
    for name, one in of(template, "AWS::Lambda::Function").items():
        if [one["Environment"]["Variables"].get("GIAOUOC_FRONT")] != said:
            yield f"{name} takes nothing, or anything, for the distribution's: {json.dumps(said)}"


RULES = (
    only_the_distribution_reads_public_files, paths_go_where_the_embedded_engine_serves_them,
    nothing_of_a_person_is_cached, files_say_how_long_they_may_be_kept, headers_are_those_of_the_embedded_engine,
    old_encryption_is_refused, functions_know_what_came_through,
)  # fmt: skip
