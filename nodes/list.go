package nodes

import "retoma/flows"

// List is every type of node. A new one is a new file and one line here.
func List() []flows.Kind {
	return []flows.Kind{
		Trigger{},
		Delay{},
		FollowUp{},
		Branch{},
		WaitForReply{},
		SendMessage{},
		SendTemplate{},
		Action{},
		End{},
	}
}
