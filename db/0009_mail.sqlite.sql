-- 0009_mail: what was sent, and how a tenant signs it.
-- SPDX-License-Identifier: AGPL-3.0-or-later

SELECT 1;
