package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"

	"retoma/internal/processes"
)

// console is a stand-alone asynqmon, asked through its own API.
type console struct{ base string }

// startConsole starts asynqmon, if the run has its program: it knows of retoma nothing but where Redis is.
func (w *World) startConsole(ctx context.Context) error {
	if w.options.Console == "" {
		return nil
	}
	port, err := processes.FreePort()
	if err != nil {
		return err
	}
	w.console = console{base: "http://" + processes.Local(port)}
	w.processes[consoleName] = &processes.Process{Name: consoleName, Folder: w.folder, Command: func() *exec.Cmd {
		command := exec.Command(w.options.Console, "-addr", processes.Local(port), "-redis-url", "redis://"+processes.Local(w.redisPort)+"/0")
		command.Dir, command.Env = w.folder, processes.Bare(os.Environ())
		return command
	}}
	if err := w.processes[consoleName].Start(); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return processes.Listening(bounded, processes.Local(port))
}

func (c console) ask(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("asynqmon answers %s to %s: %s", answer.Status, path, raw)
	}
	return json.Unmarshal(raw, into)
}

// queues are the names that asynqmon lists.
func (c console) queues(ctx context.Context) ([]string, error) {
	var listed struct {
		Queues []struct {
			Queue string `json:"queue"`
		} `json:"queues"`
	}
	err := c.ask(ctx, "/api/queues", &listed)
	var names []string
	for _, one := range listed.Queues {
		names = append(names, one.Queue)
	}
	return names, err
}

// servers counts asynq's servers by the process in which they are.
func (c console) servers(ctx context.Context) (map[int]int, error) {
	var listed struct {
		Servers []struct {
			PID    int    `json:"pid"`
			Status string `json:"status"`
		} `json:"servers"`
	}
	err := c.ask(ctx, "/api/servers", &listed)
	active := map[int]int{}
	for _, one := range listed.Servers {
		if one.Status == "active" {
			active[one.PID]++
		}
	}
	return active, err
}

// Task is a scheduled task as asynqmon shows it.
type Task struct {
	ID            string    `json:"id"`
	Type          string    `json:"type"`
	Payload       string    `json:"payload"`
	NextProcessAt time.Time `json:"next_process_at"`
}

// scheduled are a queue's tasks that wait for later than an instant.
func (c console) scheduled(ctx context.Context, queue string, after time.Time) ([]Task, error) {
	const page = 100
	var tasks []Task
	for number := 1; ; number++ {
		var listed struct {
			Tasks []Task `json:"tasks"`
		}
		if err := c.ask(ctx, "/api/queues/"+queue+"/scheduled_tasks?size="+strconv.Itoa(page)+"&page="+strconv.Itoa(number), &listed); err != nil {
			return nil, err
		}
		for _, task := range listed.Tasks {
			if task.NextProcessAt.After(after) {
				tasks = append(tasks, task)
			}
		}
		if len(listed.Tasks) < page {
			return tasks, nil
		}
	}
}
