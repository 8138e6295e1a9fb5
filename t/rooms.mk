# tests of the business rooms
