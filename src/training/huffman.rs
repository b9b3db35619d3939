//! Huffman codes of hierarchical softmax, as gensim builds them.
//!
//! Owns the tree. Knows nothing of vectors.

use std::sync::Arc;

/// A binary tree with the tokens as leaves, the frequent ones near the root (Huffman 1952).
///
/// Its inner nodes are numbered from 0 in the order in which they were made; the root is the last one. A token's path
/// leads from the root to it: the nodes that it passes, and for each whether it goes on to the left (0), to the rarer side,
/// or to the right (1). Clones share it.
#[derive(Clone)]
pub(super) struct Huffman {
    /// Where each token's path begins in the other two, and the end of the last.
    starts: Arc<[usize]>,
    nodes: Arc<[u32]>,
    codes: Arc<[u8]>,
}

impl Huffman {
    /// Builds the tree for tokens with these counts.
    ///
    /// The two rarest trees are joined, again and again. Among equally rare ones chance decides in principle, but codes are
    /// to be gensim's: there Python's `heapq` decides, whose order among equals follows from its sifting, and which is
    /// therefore repeated here step by step.
    pub(super) fn new(counts: &[u32]) -> Self {
        let leaves = counts.len();
        let mut heap: Vec<Tree> =
            counts.iter().enumerate().map(|(root, &count)| Tree { count: count.into(), root }).collect();
        for place in (0..leaves / 2).rev() {
            sift_up(&mut heap, place);
        }
        // Of every tree's root, but the last one's: the node above it, and the side.
        let mut above = vec![(0, 0); (2 * leaves).saturating_sub(1)];
        let mut next = leaves;
        while let (Some(left), Some(right)) = (pop(&mut heap), pop(&mut heap)) {
            above[left.root] = (next, 0);
            above[right.root] = (next, 1);
            push(&mut heap, Tree { count: left.count + right.count, root: next });
            next += 1;
            if heap.len() < 2 {
                break;
            }
        }
        let root = above.len().saturating_sub(1);
        let (mut starts, mut nodes, mut codes) = (vec![0], Vec::new(), Vec::new());
        for leaf in 0..leaves {
            let start = nodes.len();
            let mut node = leaf;
            while node != root {
                let (parent, code) = above[node];
                nodes.push((parent - leaves) as u32);
                codes.push(code);
                node = parent;
            }
            nodes[start..].reverse();
            codes[start..].reverse();
            starts.push(nodes.len());
        }
        Self { starts: starts.into(), nodes: nodes.into(), codes: codes.into() }
    }

    /// The inner nodes on the way from the root to a token, and the side that the way takes at each (0 or 1).
    #[inline]
    pub(super) fn path(&self, token: u32) -> (&[u32], &[u8]) {
        let path = self.starts[token as usize]..self.starts[token as usize + 1];
        (&self.nodes[path.clone()], &self.codes[path])
    }
}

/// A tree that is not joined to another yet.
#[derive(Clone, Copy)]
struct Tree {
    count: u64,
    root: usize,
}

/// `heapq.heappush`.
fn push(heap: &mut Vec<Tree>, tree: Tree) {
    let place = heap.len();
    heap.push(tree);
    sift_down(heap, 0, place);
}

/// `heapq.heappop`; `None` where the heap is empty.
fn pop(heap: &mut Vec<Tree>) -> Option<Tree> {
    let last = heap.pop()?;
    let Some(first) = heap.first_mut() else { return Some(last) };
    let least = std::mem::replace(first, last);
    sift_up(heap, 0);
    Some(least)
}

/// `heapq._siftdown`: moves the item at `place` towards `top` past all larger ones.
fn sift_down(heap: &mut [Tree], top: usize, mut place: usize) {
    let tree = heap[place];
    while place > top {
        let parent = (place - 1) / 2;
        if tree.count >= heap[parent].count {
            break;
        }
        heap[place] = heap[parent];
        place = parent;
    }
    heap[place] = tree;
}

/// `heapq._siftup`: moves the item at `place` down along the smaller children to a leaf, and up again to where it fits.
fn sift_up(heap: &mut [Tree], place: usize) {
    let tree = heap[place];
    let mut hole = place;
    loop {
        let (left, right) = (2 * hole + 1, 2 * hole + 2);
        if left >= heap.len() {
            break;
        }
        let child = if right < heap.len() && heap[left].count >= heap[right].count { right } else { left };
        heap[hole] = heap[child];
        hole = child;
    }
    heap[hole] = tree;
    sift_down(heap, place, hole);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// tests/oracles/training_gensim.py wrote it with gensim's own tree.
    const GENSIM: &str = include_str!("../../tests/oracles/training_gensim.json");

    #[test]
    fn codes_are_gensims() {
        let oracle: Value = serde_json::from_str(GENSIM).unwrap();
        let cases = oracle["huffman"].as_array().unwrap();
        assert_eq!(cases.len(), 6);
        for case in cases {
            let list = |value: &Value| -> Vec<u32> {
                value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as u32).collect()
            };
            let huffman = Huffman::new(&list(&case["counts"]));
            for (token, path) in case["paths"].as_array().unwrap().iter().enumerate() {
                let (nodes, codes) = huffman.path(token as u32);
                assert_eq!(nodes, list(&path[0]), "{}: token {token}", case["name"]);
                assert_eq!(codes.iter().map(|&code| code.into()).collect::<Vec<u32>>(), list(&path[1]));
            }
        }
    }

    #[test]
    fn no_code_begins_another_and_none_costs_more() {
        // 2, 3, 4, 5 and 6 need 2·3 + 3·3 + 4·2 + 5·2 + 6·2 bits.
        let counts = [6, 5, 4, 3, 2];
        let huffman = Huffman::new(&counts);
        let bits = (0..5).map(|token| huffman.path(token).1.len() as u32 * counts[token as usize]).sum::<u32>();
        assert_eq!(bits, 45);
        for (a, b) in (0..5).flat_map(|a| (0..5).map(move |b| (a, b))).filter(|(a, b)| a != b) {
            assert!(!huffman.path(a).1.starts_with(huffman.path(b).1), "{a} {b}");
        }
        // Nothing to choose between.
        assert!(Huffman::new(&[7]).path(0).0.is_empty());
        assert_eq!(*Huffman::new(&[]).starts, [0]);
        // Counts whose sum exceeds 32 bits.
        assert_eq!(Huffman::new(&[u32::MAX; 4]).path(3).0.len(), 2);
    }
}
