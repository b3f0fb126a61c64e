package catalog

import (
	"container/list"
	"sync"

	"retoma/flows"
)

// version names one version of a document.
type version struct {
	id     string
	number int
}

// cache keeps the flows that were used last.
type cache struct {
	mutex  sync.Mutex
	size   int
	byName map[version]*list.Element
	// recent has the flow used last in front.
	recent *list.List
}

type entry struct {
	name version
	flow *flows.Flow
}

func newCache(size int) *cache {
	return &cache{size: size, byName: map[version]*list.Element{}, recent: list.New()}
}

// get finds a flow; nil if it is not kept.
func (c *cache) get(name version) *flows.Flow {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	element, known := c.byName[name]
	if !known {
		return nil
	}
	c.recent.MoveToFront(element)
	return element.Value.(*entry).flow
}

// put keeps a flow, unless somebody else was first; it gives the one that is kept.
func (c *cache) put(name version, flow *flows.Flow) *flows.Flow {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if element, known := c.byName[name]; known {
		c.recent.MoveToFront(element)
		return element.Value.(*entry).flow
	}
	c.byName[name] = c.recent.PushFront(&entry{name: name, flow: flow})
	for c.recent.Len() > c.size {
		oldest := c.recent.Back()
		c.recent.Remove(oldest)
		delete(c.byName, oldest.Value.(*entry).name)
	}
	return flow
}
