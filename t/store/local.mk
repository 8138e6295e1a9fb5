# tests of app/store
