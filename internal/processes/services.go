package processes

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

// FreePort is one on which nobody listens, below those that the system gives to outgoing connections: what is started again must find
// its own port free.
func FreePort() (int, error) {
	for range 200 {
		port := 20_000 + rand.IntN(12_000)
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", Local(port))
		if err == nil {
			return port, listener.Close()
		}
	}
	return 0, errors.New("no port is free")
}

// PostgresPrograms is the folder of the newest installed PostgreSQL's programs.
func PostgresPrograms() (string, error) {
	found, err := filepath.Glob(postgresFolders)
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("PostgreSQL is not installed in %s", postgresFolders)
	}
	return found[len(found)-1], nil
}

// Postgres makes a database cluster in a folder and gives the process that serves it, with settings such as "fsync=off" over its own.
// As root it runs as the user postgres, who must be able to pass through the folder.
func Postgres(ctx context.Context, folder string, port int, settings ...string) (*Process, error) {
	programs, err := PostgresPrograms()
	if err != nil {
		return nil, err
	}
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
	arguments := []string{"-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1", "-k", "", "-c", "max_connections=200"}
	for _, setting := range settings {
		arguments = append(arguments, "-c", setting)
	}
	return &Process{Name: "postgres", Folder: folder, Command: func() *exec.Cmd {
		run := exec.Command(programs+"/postgres", arguments...)
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

// Redis is a server with settings such as "--appendonly", "no" over its own. It never drops a key to make room.
func Redis(folder string, port int, settings ...string) *Process {
	arguments := append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", folder, "--maxmemory-policy", "noeviction"}, settings...)
	return &Process{Name: "redis", Folder: folder, Command: func() *exec.Cmd { return exec.Command("redis-server", arguments...) }}
}

// Bare leaves the product's settings out of an environment: a run must not depend on those of the machine.
func Bare(environment []string) []string {
	var kept []string
	for _, one := range environment {
		if !strings.HasPrefix(one, "RETOMA_") {
			kept = append(kept, one)
		}
	}
	return kept
}

// TellRedis sends Redis one command, which must be answered with a simple string.
func TellRedis(port int, command string) error {
	connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", Local(port))
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

// Local is the loopback address of a port.
func Local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// Listening waits until somebody listens.
func Listening(ctx context.Context, address string) error {
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
