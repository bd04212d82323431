(** * Philox: the signs of a ticket's random network, defined from its seed.

    Philox4x64-10 (Salmon, Moraes, Dror, Shaw, 2011) on binary numbers. [sign seed t n c r] is the sign
    of the edge from neuron c to neuron r of layer t, which has n neurons; true is +1. A block of the
    stream serves 256 edges, so [signs] makes each block once for a source's increasing targets
    ([signs_ok]). The known answers are those of the format's description. *)
Require Import NArith ZArith List Bool String Lia.
Import ListNotations.
Open Scope N_scope.

Definition word64 (z : N) : N := N.land z 0xFFFFFFFFFFFFFFFF.
Definition high (z : N) : N := N.shiftr z 64.
Definition block : Type := (N * N * N * N)%type.

Definition round (k0 k1 : N) (c : block) : block :=
  let '(c0, c1, c2, c3) := c in
  let p0 := 0xD2E7470EE14C6C93 * c0 in
  let p1 := 0xCA5A826395121157 * c2 in
  (N.lxor (N.lxor (high p1) c1) k0, word64 p1, N.lxor (N.lxor (high p0) c3) k1, word64 p0).
Fixpoint rounds (n : nat) (k0 k1 : N) (c : block) : block :=
  match n with
  | O => c
  | S n' => rounds n' (word64 (k0 + 0x9E3779B97F4A7C15)) (word64 (k1 + 0xBB67AE8584CAA73B)) (round k0 k1 c)
  end.
(** block g of the stream of layer t: the output for the counter g + 1, and g + 1 < 2^64 *)
Definition philox (seed t g : N) : block := rounds 10 seed t (word64 (g + 1), 0, 0, 0).

(** the blocks of one source: ceil(n/256) of them for n targets *)
Definition first_block (n c : nat) : N := N.of_nat c * N.shiftr (N.of_nat n + 255) 8.
(** bit r of a source's stream, of which [b] is the block that r falls into *)
Definition bit (b : block) (r : N) : bool :=
  let '(w0, w1, w2, w3) := b in
  let i := N.land r 63 in
  if N.testbit r 7 then if N.testbit r 6 then N.testbit w3 i else N.testbit w2 i
  else if N.testbit r 6 then N.testbit w1 i else N.testbit w0 i.
Definition sign (seed t : N) (n c r : nat) : bool :=
  bit (philox seed t (first_block n c + N.shiftr (N.of_nat r) 8)) (N.of_nat r).

(** ** many edges of one source *)
(** [b] is block [g]; the next target's block is made where it is another one *)
Fixpoint signs_from (seed t first g : N) (b : block) (rs : list nat) : list bool :=
  match rs with
  | [] => []
  | r :: rs' =>
    let g' := first + N.shiftr (N.of_nat r) 8 in
    let b' := if N.eqb g' g then b else philox seed t g' in
    bit b' (N.of_nat r) :: signs_from seed t first g' b' rs'
  end.
Definition signs (seed t : N) (n c : nat) (rs : list nat) : list bool :=
  let first := first_block n c in
  match rs with
  | [] => []
  | r :: _ => let g := first + N.shiftr (N.of_nat r) 8 in signs_from seed t first g (philox seed t g) rs
  end.
Lemma signs_from_ok seed t n c rs : forall g,
  signs_from seed t (first_block n c) g (philox seed t g) rs = map (sign seed t n c) rs.
Proof.
  induction rs as [|r rs IH]; intros g; cbn [signs_from map]; auto.
  set (g' := first_block n c + N.shiftr (N.of_nat r) 8).
  replace (if N.eqb g' g then philox seed t g else philox seed t g') with (philox seed t g')
    by (destruct (N.eqb_spec g' g); congruence).
  rewrite IH. reflexivity.
Qed.
Theorem signs_ok seed t n c rs : signs seed t n c rs = map (sign seed t n c) rs.
Proof. destruct rs; [reflexivity|]. apply signs_from_ok. Qed.

(** ** known answers *)
Definition show (l : list bool) : string :=
  fold_right (fun b s => String.append (if b : bool then "+" else "-")%string s) EmptyString l.
Definition sum_of (l : list bool) : Z := fold_right (fun b z => if b : bool then z + 1 else z - 1)%Z 0%Z l.
Theorem signs_known :
  show (signs 1 1 16 0 (seq 0 16)) = "+-+--+---++++--+"%string /\
  sum_of (signs 1 1 16 0 (seq 0 16)) = 0%Z /\
  show (signs 1 3 100 5 (seq 0 64)) = "-+---++++--+-+++-+--++-----+--++++---++-+---++-+---++-+--+--++++"%string /\
  sum_of (signs 1 3 100 5 (seq 0 100)) = 0%Z /\
  show (signs 2026 7 300 1000 (seq 0 64)) = "++++-++-+--++++++-+--+++--+--++-++--++++++-+--+---+--++---++----"%string /\
  sum_of (signs 2026 7 300 1000 (seq 0 300)) = 18%Z.
Proof. vm_compute. repeat split. Qed.
