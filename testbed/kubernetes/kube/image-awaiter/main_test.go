package main

import "testing"

func TestDone(t *testing.T) {
	for name, test := range map[string]struct {
		generation, observed  int64
		desired, place, ready int
		mayWait, done         bool
	}{
		"all are ready":                           {2, 2, 3, 3, 3, true, true},
		"one fetches its image":                   {2, 2, 3, 3, 2, true, false},
		"one fetches its image, time is up":       {2, 2, 3, 3, 2, false, false},
		"one may still find a place":              {2, 2, 3, 2, 2, true, false},
		"one found no place in time":              {2, 2, 3, 2, 2, false, true},
		"the controller has not seen the set yet": {1, 0, 0, 0, 0, true, false},
		"no node needs the images":                {1, 1, 0, 0, 0, true, true},
	} {
		var set daemonSet
		set.Metadata.Generation, set.Status.ObservedGeneration = test.generation, test.observed
		set.Status.Desired, set.Status.Current, set.Status.Ready = test.desired, test.place, test.ready
		if set.done(test.mayWait) != test.done {
			t.Errorf("%s: done is %v", name, !test.done)
		}
	}
}
