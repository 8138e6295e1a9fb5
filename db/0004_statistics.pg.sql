-- 0004_statistics: nothing; PostgreSQL measures its tables by itself.
-- SPDX-License-Identifier: AGPL-3.0-or-later

DO $$ BEGIN END $$;
