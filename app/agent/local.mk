# agent/: mpanel-agent, the program on a hosting node
