# tests of app/base
