# main/: the processes and the wiring
