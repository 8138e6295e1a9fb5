-- 0027_portal: what the customers' portal keeps.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- At which of the customer accounts that the person looks after this session
-- looks; NULL, or one that is theirs no more: the first.
ALTER TABLE sessions ADD COLUMN account_id TEXT;
