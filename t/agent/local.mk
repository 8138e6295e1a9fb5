# tests of app/agent
