"""Public pages of the list. No session, no cookie: what a signed link may do, its token says.

None of them asks for a CSRF token; docs/decisions/sign-up-without-csrf.md says why.
"""
