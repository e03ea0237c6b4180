"""Runs a command on a terminal of its own and does to it what a person does; prints how the command ended.

Arguments: the steps as JSON, then the command. Steps: {"wait": regex} reads until the text appears (with "in": in that
file), {"type": text} types it, {"signal": number} sends one, {"close": true} closes the terminal as its window's cross
does.
"""

import json, os, pty, re, signal, sys, time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
deadline = time.monotonic() + 150
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
heard = b""
for step in steps:
    if "in" in step:
        while not (os.path.exists(step["in"]) and re.search(step["wait"], open(step["in"]).read())):
            if time.monotonic() > deadline:
                sys.exit("never in the file: " + step["wait"])
            time.sleep(0.05)
    elif "wait" in step:
        while not re.search(step["wait"].encode(), heard):
            try:
                heard += os.read(terminal, 65536)
            except OSError:
                sys.exit("ended before " + step["wait"] + ":\n" + heard.decode(errors="replace"))
    elif "type" in step:
        os.write(terminal, step["type"].encode())
    elif "signal" in step:
        os.kill(pid, step["signal"])
    else:
        os.close(terminal)
while time.monotonic() < deadline:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        print(json.dumps({"code": os.waitstatus_to_exitcode(status), "heard": heard.decode(errors="replace")}))
        sys.exit(0)
    time.sleep(0.05)
os.kill(pid, signal.SIGKILL)
sys.exit("it never ended:\n" + heard.decode(errors="replace"))
