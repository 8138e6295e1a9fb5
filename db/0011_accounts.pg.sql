-- 0011_accounts: accounts, their tokens, addresses and approvals.
-- SPDX-License-Identifier: AGPL-3.0-or-later

SELECT 1;
