package processes

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is something that runs and can be hurt: a role of retoma, PostgreSQL, Redis or another program.
type Process struct {
	Name string
	// Command makes the process anew for each start.
	Command func() *exec.Cmd
	// Folder is where its log is kept.
	Folder string

	mu      sync.Mutex
	running *exec.Cmd
	exited  chan struct{}
	wanted  bool  // it was not told to end
	stopped bool  // SIGSTOP
	last    error // how it last ended
	// Starts counts the starts, Ends those ends that nobody asked for, with its last words.
	Starts int
	Ends   []string
}

// Start begins the process if it does not run.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		return nil
	}
	output, err := os.OpenFile(p.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	command := p.Command()
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		return errors.Join(err, output.Close())
	}
	p.running, p.exited, p.wanted, p.stopped = command, make(chan struct{}), true, false
	p.Starts++
	go p.wait(command, output, p.exited)
	return nil
}

// Log is the file of everything that it wrote, over all starts.
func (p *Process) Log() string { return filepath.Join(p.Folder, p.Name+".log") }

func (p *Process) wait(command *exec.Cmd, output *os.File, exited chan struct{}) {
	err := command.Wait()
	_ = output.Close()
	p.mu.Lock()
	if p.wanted {
		p.Ends = append(p.Ends, fmt.Sprintf("%s: %v: %s", time.Now().Format(time.TimeOnly), err, Tail(p.Log(), 600)))
	}
	p.running, p.last = nil, err
	close(exited)
	p.mu.Unlock()
}

// signal sends a signal and gives the channel that is closed when the process has gone; nil if there is none.
func (p *Process) signal(which syscall.Signal, ends bool) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return nil
	}
	if ends {
		p.wanted = false
	}
	_ = p.running.Process.Signal(which)
	p.stopped = which == syscall.SIGSTOP
	return p.exited
}

// Kill is kill -9.
func (p *Process) Kill() { p.end(syscall.SIGKILL, time.Minute) }

// Terminate asks the process to end and, after patience, makes it. A process that is frozen is woken first.
func (p *Process) Terminate(patience time.Duration) {
	p.Continue()
	p.end(syscall.SIGTERM, patience)
}

// PID is the number of the running process, 0 if it does not run.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.Process.Pid
}

// Killed tells whether it last ended by kill -9.
func (p *Process) Killed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ended *exec.ExitError
	if !errors.As(p.last, &ended) {
		return false
	}
	status, is := ended.Sys().(syscall.WaitStatus)
	return is && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// Quit ends PostgreSQL at once, as pg_ctl stop -m immediate does.
func (p *Process) Quit() { p.end(syscall.SIGQUIT, 10*time.Second) }

func (p *Process) end(how syscall.Signal, patience time.Duration) {
	exited := p.signal(how, true)
	if exited == nil {
		return
	}
	select {
	case <-exited:
	case <-time.After(patience):
		p.signal(syscall.SIGKILL, true)
		<-exited
	}
}

// Freeze is SIGSTOP; Continue lets it go on.
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP, false) }

// Continue is SIGCONT.
func (p *Process) Continue() { p.signal(syscall.SIGCONT, false) }

// Tail is the end of a file, or why it cannot be read.
func Tail(path string, bytes int64) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	raw = raw[max(0, int64(len(raw))-bytes):]
	return strings.TrimSpace(string(raw))
}

// Revive starts the process again if it ended by itself, as a supervisor does.
func (p *Process) Revive() {
	p.mu.Lock()
	gone := p.running == nil && p.wanted
	p.mu.Unlock()
	if gone {
		_ = p.Start()
	}
}

// Ended are the ends that nobody asked for.
func (p *Process) Ended() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, end := range p.Ends {
		all = append(all, p.Name+" "+end)
	}
	return all
}
