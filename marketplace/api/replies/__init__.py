"""What the API answers: each noun's JSON, made by a plain function, beside its description for OpenAPI.

The functions are hand-written because nested serializers cost more than the queries they present; a test holds
real answers against the descriptions.
"""
