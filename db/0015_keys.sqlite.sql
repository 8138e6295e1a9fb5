-- 0015_keys: an API key is its person's or the company's.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- A personal key ends with its person's sessions, by the same epoch.  A company
-- key stands by itself, whoever made it (user_id).

ALTER TABLE api_tokens ADD COLUMN belongs_to TEXT NOT NULL DEFAULT 'company'
	CHECK (belongs_to IN ('person', 'company'));
-- the person's when it was made
ALTER TABLE api_tokens ADD COLUMN epoch INTEGER
	CHECK (belongs_to = 'company'
		OR (user_id IS NOT NULL AND epoch IS NOT NULL));
-- what raised the epoch; NULL: nothing did, or somebody revoked it before
ALTER TABLE api_tokens ADD COLUMN ended_by TEXT
	CHECK (ended_by IN ('password', 'factor', 'role', 'rights', 'sign_out',
		'disabled'));

UPDATE api_tokens
SET belongs_to = 'person', epoch = COALESCE((
	SELECT u.epoch FROM users u
	WHERE u.tenant_id = api_tokens.tenant_id
	AND u.id = api_tokens.user_id), -1)
WHERE user_id IS NOT NULL;
