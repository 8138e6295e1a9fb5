# configurations that are installed
