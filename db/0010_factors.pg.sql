-- 0010_factors: second factors, and how often somebody tried.
-- SPDX-License-Identifier: AGPL-3.0-or-later

SELECT 1;
