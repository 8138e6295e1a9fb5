# tests of app/web
