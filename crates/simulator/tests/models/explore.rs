//! Going through all of a model.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::Hash;

use stateright::{Checker, HasDiscoveries, Model};

/// What a model has to be to be gone through.
pub trait Explored: Model<State: Clone + Debug + Eq + Hash + Send + Sync, Action: Clone + Debug + PartialEq> {}

impl<M> Explored for M
where
    M: Model,
    M::State: Clone + Debug + Eq + Hash + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
}

/// Every property holds in each of exactly so many states, and from each of
/// them one where `ended` is true can be reached.
pub fn check<M>(model: &M, states: usize, ended: fn(&M::State) -> bool)
where
    M: Explored + Clone + Send + Sync + 'static,
{
    let checker = model.clone().checker().spawn_bfs().join();
    checker.assert_properties();
    // By hand as well: the checker tells states apart by 64 bits of a hash
    // only, and looks at single paths where ends are concerned.
    let map = Map::of(model);
    assert_eq!((checker.unique_state_count(), map.states.len()), (states, states));
    if let Some(path) = map.stuck(ended) {
        panic!("no end can be reached any more after {path:#?}");
    }
}

/// Shows that a broken model is found out: some state breaks the property.
pub fn check_breaks<M>(model: M, property: &'static str)
where
    M: Explored + Send + Sync + 'static,
{
    let found = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = model.checker().finish_when(found).spawn_bfs().join();
    let path = checker.assert_any_discovery(property).into_actions();
    println!("not \"{property}\": {path:?}");
}

/// Shows that a broken model still has this property, in every state.
pub fn check_keeps<M>(model: M, property: &'static str)
where
    M: Explored + Send + Sync + 'static,
{
    let found = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    model.checker().finish_when(found).spawn_bfs().join().assert_no_discovery(property);
}

/// Shows that a broken model is found out: from some state there is no way to
/// one where `ended` is true.
pub fn check_strands<M: Explored>(model: &M, ended: fn(&M::State) -> bool) {
    let path = Map::of(model).stuck(ended).expect("a state without a way to an end");
    println!("no end after {path:?}");
}

/// Every state, and the steps between them.
struct Map<M: Model> {
    states: Vec<M::State>,
    /// For each state: where it is first reached from, and how.
    first: Vec<Option<(usize, M::Action)>>,
    /// For each state: every state it is reached from.
    before: Vec<Vec<usize>>,
}

impl<M: Explored> Map<M> {
    /// Breadth first, so that the first way to a state is a shortest one.
    fn of(model: &M) -> Self {
        let states = model.init_states();
        let mut numbers: HashMap<M::State, usize> = states.iter().cloned().zip(0..).collect();
        let mut map = Self {
            first: states.iter().map(|_| None).collect(),
            before: states.iter().map(|_| Vec::new()).collect(),
            states,
        };
        let mut actions = Vec::new();
        let mut here = 0;
        while here < map.states.len() {
            model.actions(&map.states[here], &mut actions);
            for action in actions.drain(..) {
                let Some(next) = model.next_state(&map.states[here], action.clone()) else { continue };
                if let Some(there) = numbers.get(&next) {
                    map.before[*there].push(here);
                    continue;
                }
                numbers.insert(next.clone(), map.states.len());
                map.states.push(next);
                map.first.push(Some((here, action)));
                map.before.push(vec![here]);
            }
            here += 1;
        }
        map
    }

    fn stuck(&self, ended: fn(&M::State) -> bool) -> Option<Vec<M::Action>> {
        let mut reaches: Vec<bool> = self.states.iter().map(ended).collect();
        let mut open: Vec<usize> = (0..self.states.len()).filter(|at| reaches[*at]).collect();
        while let Some(at) = open.pop() {
            for before in &self.before[at] {
                if !std::mem::replace(&mut reaches[*before], true) {
                    open.push(*before);
                }
            }
        }
        let mut at = reaches.iter().position(|reaches| !reaches)?;
        let mut path = Vec::new();
        while let Some((before, action)) = &self.first[at] {
            path.push(action.clone());
            at = *before;
        }
        path.reverse();
        Some(path)
    }
}
