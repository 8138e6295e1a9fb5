-- 0018_dates: pages heed how a person writes dates.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Until now the choice had no effect, and pages showed "12 Nov" to everybody.
-- They go on with that until they choose something else.

UPDATE users SET date_format = 'day' WHERE date_format = 'iso';
