package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// postgresFolders is where Debian keeps PostgreSQL's programs.
const postgresFolders = "/usr/lib/postgresql/*/bin"

// freePort is one on which nobody listens, below those that the system gives to outgoing connections: what is started again must find
// its own port free.
func freePort() (int, error) {
	for range 200 {
		port := 20_000 + rand.IntN(12_000)
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", local(port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no port is free")
}

// postgres makes a database cluster in a folder and gives the process that serves it. As root it runs as the user postgres.
func postgres(ctx context.Context, folder string, port int) (*Process, error) {
	found, err := filepath.Glob(postgresFolders)
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("PostgreSQL is not installed in %s", postgresFolders)
	}
	programs := found[len(found)-1]
	data := filepath.Join(folder, "postgres")
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	as, err := ownerOf(data)
	if err != nil {
		return nil, err
	}
	made := exec.CommandContext(ctx, programs+"/initdb", "--pgdata="+data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
	made.SysProcAttr, made.Dir = as, data
	if output, err := made.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, output)
	}
	return &Process{Name: "postgres", folder: folder, command: func(*os.File) *exec.Cmd {
		// The machine stays up: what was written is there after an immediate end, whether or not it was flushed to the disk.
		run := exec.Command(programs+"/postgres", "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", "", "-c", "max_connections=200", "-c", "fsync=off")
		run.SysProcAttr, run.Dir = as, data
		return run
	}}, nil
}

// ownerOf gives a folder to the user postgres if this is root, which PostgreSQL refuses to be.
func ownerOf(folder string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(owner.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(owner.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(folder, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

// redis keeps nothing: it always comes back empty.
func redis(folder string, port int) *Process {
	return &Process{Name: "redis", folder: folder, command: func(*os.File) *exec.Cmd {
		return exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
			"--dir", folder, "--maxmemory-policy", "noeviction")
	}}
}

// tell sends Redis one command.
func tellRedis(port int, command string) error {
	connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", local(port))
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
		return err
	}
	if _, err := connection.Write([]byte(command + "\r\n")); err != nil {
		return err
	}
	answer := make([]byte, 64)
	n, err := connection.Read(answer)
	if err == nil && !strings.HasPrefix(string(answer[:n]), "+") {
		err = fmt.Errorf("redis answered %q", answer[:n])
	}
	return err
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listening waits until somebody listens.
func listening(ctx context.Context, address string) error {
	for {
		connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens on %s: %w", address, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
