(** * BlocksPlan: construction B, what is placed where.

    A plan holds the widths d_0..d_l, the number p >= 1 of bits, the number B of neurons per block
    and the room m for inputs (at least every m_i). From it: width N = m (p+1) B, depth L = 1 + l(p+1),
    scale P = p l.

    Wire (j, b) of a section holds 2^b u_j in the block [block j b] of B neurons. The L-1 hidden
    layers are numbered by [clock i k]: in layer [clock i k] of section i the wires b <= k exist;
    layer [clock i p] is read by the layer [clock (S i) 0], where hidden unit o has the two
    candidates 2o and 2o+1. [need] says which old neurons a neuron of block (j, b) must be connected
    to and with which sign; it is alive ([live]) if its signs are these. [pairs t w j b] are the two
    designated neurons of wire (j, b) in layer t: the first two that are alive, or the first two of
    the block where there are fewer. The bad event, [bad], is that a block has fewer than two live
    neurons ([badblock]) or that a candidate finds no live copy of a wire with some sign
    ([badcopy]); it does not mention the target. *)
Require Import ZArith Reals List Lra Lia Bool FunctionalExtensionality.
From Pmone Require Import Sums Probability Pool Network.
Import ListNotations.
Open Scope nat_scope.

Record blocks := Blocks { b_dims : nat -> nat; b_l : nat; b_p : nat; b_B : nat; b_m : nat }.

(** what the weight matrix t does: split the inputs, carry and double, or read out *)
Inductive phase := InputSplit | Expand (i k : nat) | Choose (i : nat).

Section Construction.
Variable T : blocks.
Local Notation dims := (b_dims T).
Local Notation l := (b_l T).
Local Notation p := (b_p T).
Local Notation B := (b_B T).
Local Notation m := (b_m T).

(** ** the numbers of the plan *)
Definition bwidth : nat := m * (p + 1) * B.
Definition bdepth : nat := 1 + l * (p + 1).
Definition bshift : nat := p * l.
Local Notation N := bwidth.
Local Notation L := bdepth.

(** inputs m_i and outputs n_i of section i (the first has both halves of every signed input) *)
Definition bins (i : nat) : nat := if i =? 0 then 2 * dims 0 else dims i.
Definition bouts (i : nat) : nat := dims (S i).
(** the read-out neurons of section i: two candidates per hidden unit, one per output *)
Definition readers (i : nat) : nat := if S i =? l then bouts i else 2 * bouts i.
Definition unit_of (i r : nat) : nat := if S i =? l then r else r / 2.
(** there is room *)
Definition roomy : Prop := 1 <= p /\ 2 <= B /\ forall i, i < l -> bins i <= m.

Definition clock (i k : nat) : nat := S (i * (p + 1) + k).
Definition phase_of (t : nat) : phase :=
  match t with
  | O => InputSplit
  | S t' => let i := t' / (p + 1) in let k :=
    t' mod (p + 1) in if k <? p then Expand i k else Choose i
  end.

Lemma phase_clock i k : k < p + 1 -> phase_of (clock i k) = if k <? p then Expand i k else Choose i.
Proof.
  intros H. unfold phase_of, clock.
  rewrite Nat.div_add_l, (Nat.div_small k) by lia. rewrite Nat.add_0_r.
  rewrite (Nat.add_comm (i * (p + 1))), Nat.mod_add, (Nat.mod_small k) by lia. reflexivity.
Qed.
Lemma phase_expand i k : k < p -> phase_of (clock i k) = Expand i k.
Proof. intros. rewrite phase_clock by lia. destruct (Nat.ltb_spec k p); auto; lia. Qed.
Lemma phase_choose i : phase_of (clock i p) = Choose i.
Proof. rewrite phase_clock by lia. rewrite Nat.ltb_irrefl. auto. Qed.
Lemma clock_S i k : S (clock i k) = clock i (S k).
Proof. unfold clock. lia. Qed.
Lemma clock_next i : clock i (S p) = clock (S i) 0.
Proof. unfold clock. lia. Qed.
Lemma clock_last : clock l 0 = L.
Proof. unfold clock, bdepth. lia. Qed.
Lemma clock_lt i k : i < l -> k <= p -> clock i k < L.
Proof. unfold clock, bdepth. intros. nia. Qed.

(** ** blocks and their neurons *)
Definition start (j b : nat) : nat := (j * (p + 1) + b) * B.
Definition block (j b : nat) : list nat := seq (start j b) B.
Definition wire_of (r : nat) : nat * nat := (r / B / (p + 1), (r / B) mod (p + 1)).
Lemma wire_block j b r : b <= p -> In r (block j b) -> wire_of r = (j, b).
Proof.
  intros Hb Hr. apply in_seq in Hr. unfold wire_of.
  assert (Q : r / B = j * (p + 1) + b).
  { symmetry. apply (Nat.div_unique r B _ (r - start j b)); unfold start in *; lia. }
  rewrite Q. f_equal.
  - rewrite Nat.div_add_l, (Nat.div_small b) by lia. lia.
  - rewrite (Nat.add_comm (j * (p + 1))), Nat.mod_add, Nat.mod_small by lia. auto.
Qed.
Lemma block_lt j b r : j < m -> b <= p -> In r (block j b) -> r < N.
Proof.
  intros Hj Hb Hr. apply in_seq in Hr. unfold start, bwidth in *.
  assert (X : j * (p + 1) + b + 1 <= m * (p + 1)) by nia.
  apply (Nat.mul_le_mono_r _ _ B) in X. lia.
Qed.

(** columns and signs that a neuron of block (j, b) needs; [pr] are the designated neurons of the
    layer before *)
Definition need (t : nat) (pr : nat -> nat -> nat * nat) (j b : nat) : list (nat * bool) :=
  match phase_of t with
  | InputSplit => [if j <? dims 0 then (j, true) else (j - dims 0, false)]
  | Expand _ k => if b <=? k then [(fst (pr j b), true)] else [(fst (pr j k), true);
    (snd (pr j k), true)]
  | Choose _ => []
  end.
Definition feeds (t : nat) (pr : nat -> nat -> nat * nat) (j b r : nat) : list (coord * bool) :=
  map (fun cs => ((t, r, fst cs), snd cs)) (need t pr j b).
Definition live (t : nat) (pr : nat -> nat -> nat * nat) (w : signs) (j b r : nat) : bool :=
  fits (feeds t pr j b r) w.
Definition alive (t : nat) (pr : nat -> nat -> nat * nat) (w : signs) (j b : nat) : list nat :=
  filter (live t pr w j b) (block j b).

(** the two designated neurons *)
Definition designate (ls : list nat) (s : nat) : nat * nat :=
  match ls with a :: a' :: _ => (a, a') | _ => (s, S s) end.
Fixpoint pairs (t : nat) (w : signs) : nat -> nat -> nat * nat :=
  match t with
  | O => fun j _ => (j, j)
  | S t' => match phase_of t' with
            | Choose _ => fun j _ => (2 * j, 2 * j + 1)
            | _ => fun j b => designate (alive t' (pairs t' w) w j b) (start j b)
            end
  end.

(** ** the bad event *)
Definition few (t : nat) (pr : nat -> nat -> nat * nat) (w : signs) (j b : nat) : bool :=
  length (alive t pr w j b) <? 2.
Definition badblock (w : signs) (tjb : nat * nat * nat) : bool :=
  let '(t, j, b) := tjb in few t (pairs t w) w j b.
(** a copy of wire (j, b) that candidate r can read with sign s: alive, and connected to r with s *)
Definition reach (t : nat) (pr : nat -> nat ->
  nat * nat) (j b r : nat) (s : bool) (c : nat) : list (coord * bool) :=
  feeds t pr j b c ++ [((S t, r, c), s)].
Definition nocopy (t : nat) (pr : nat -> nat ->
  nat * nat) (w : signs) (j b r : nat) (s : bool) : bool :=
  nofit (fun c => fits (reach t pr j b r s c) w) (block j b).
Definition badcopy (w : signs) (a : nat * nat * (nat * nat) * bool) : bool :=
  let '(i, r, (j, b), s) := a in nocopy (clock i (p - 1)) (pairs (clock i (p - 1)) w) w j b r s.

Definition wires (i : nat) : list (nat * nat) := list_prod (seq 0 (bins i)) (seq 0 (p + 1)).
(** the blocks that are made (layer, j, b), and what the candidates must find (section, candidate,
    wire, sign) *)
Definition section_blocks (i : nat) : list (nat * nat * nat) :=
  flat_map (fun k => map (fun jb => (clock i k, fst jb,
    snd jb)) (list_prod (seq 0 (bins i)) (seq 0 (S (S k))))) (seq 0 p).
Definition all_blocks : list (nat * nat * nat) :=
  map (fun j => (0, j, 0)) (seq 0 (2 * dims 0)) ++ flat_map section_blocks (seq 0 l).
Definition section_copies (i : nat) : list (nat * nat * (nat * nat) * bool) :=
  list_prod (list_prod (map (fun r => (i, r)) (seq 0 (readers i))) (wires i)) [true; false].
Definition all_copies : list (nat * nat * (nat * nat) * bool) := flat_map section_copies (seq 0 l).
Definition bad (w : signs) : bool :=
  existsb (badblock w) all_blocks || existsb (badcopy w) all_copies.
Definition good (w : signs) : bool := negb (bad w).

Lemma in_split_blocks j : j < 2 * dims 0 -> In (0, j, 0) all_blocks.
Proof.
  intros. apply in_or_app. left. apply in_map_iff. exists j. split; auto. apply in_seq. lia.
Qed.
Lemma in_section_blocks i k j b : i < l -> k < p -> j < bins i -> b <= S k ->
  In (clock i k, j, b) all_blocks.
Proof.
  intros. apply in_or_app. right. apply in_flat_map. exists i. split; [apply in_seq; lia|].
  apply in_flat_map. exists k. split; [apply in_seq; lia|]. apply in_map_iff. exists (j, b).
  split; auto.
  apply in_prod; apply in_seq; lia.
Qed.
Lemma in_blocks_inv t j b : In (t, j, b) all_blocks ->
  (t = 0 /\ j < 2 * dims 0 /\ b = 0) \/ exists i k, i < l /\ k < p /\ t = clock i k /\ j < bins i /\
    b <= S k.
Proof.
  intros H. apply in_app_or in H as [H|H].
  - apply in_map_iff in H as [j' [Q H]]. apply in_seq in H. injection Q as <- -> <-. left. lia.
  - apply in_flat_map in H as [i [Hi H]]. apply in_flat_map in H as [k [Hk H]].
    apply in_map_iff in H as [[j' b'] [Q H]]. apply in_prod_iff in H as [H1 H2].
    apply in_seq in Hi, Hk, H1, H2. cbn [fst snd] in Q. injection Q as <- -> ->. right. exists i, k.
    repeat split; lia.
Qed.
Lemma in_copies i r j b s : In (i, r, (j, b), s) all_copies <-> i < l /\ r < readers i /\
  j < bins i /\ b <= p.
Proof.
  unfold all_copies, section_copies, wires. rewrite in_flat_map. split.
  - intros [i' [Hi H]]. apply in_prod_iff in H as [H _]. apply in_prod_iff in H as [H1 H2].
    apply in_map_iff in H1 as [r' [Q H1]]. injection Q as -> ->. apply in_prod_iff in H2 as [H2 H3].
    apply in_seq in Hi, H1, H2, H3. lia.
  - intros (H1 & H2 & H3 & H4). exists i. split; [apply in_seq; lia|].
    apply in_prod; [|destruct s; cbn; auto].
    apply in_prod; [apply in_map_iff; exists r; split; auto; apply in_seq; lia|].
    apply in_prod; apply in_seq; lia.
Qed.

(** ** the designated neurons *)
Lemma designate_block f j b : 2 <= B ->
  let ab := designate (filter f (block j b)) (start j b) in
  In (fst ab) (block j b) /\ In (snd ab) (block j b) /\ fst ab <> snd ab.
Proof.
  intros HB. unfold designate.
  assert (D : In (start j b) (block j b) /\ In (S (start j b)) (block j b)) by (split; apply in_seq;
    lia).
  pose proof (NoDup_filter f (seq_NoDup B (start j b))) as ND. fold (block j b) in ND.
  destruct (filter f (block j b)) as [|a [|a' ls]] eqn:F; cbn [fst snd]; repeat split; try tauto;
    try lia.
  - apply (proj1 (filter_In f a (block j b))). rewrite F. left; auto.
  - apply (proj1 (filter_In f a' (block j b))). rewrite F. right; left; auto.
  - inversion_clear ND. intros ->. apply H. left; auto.
Qed.
(** where the block has two live neurons, the designated ones are alive *)
Lemma designate_live f ls s : (length (filter f ls) <? 2) = false ->
  f (fst (designate (filter f ls) s)) = true /\ f (snd (designate (filter f ls) s)) = true.
Proof.
  intros H. apply Nat.ltb_ge in H. unfold designate.
  destruct (filter f ls) as [|a [|a' l']] eqn:F; cbn [length] in H; try lia. cbn [fst snd].
  split; [apply (proj1 (filter_In f a ls))|apply (proj1 (filter_In f a' ls))]; rewrite F; cbn; auto.
Qed.

Lemma pairs_made t w j b : (forall i, phase_of t <> Choose i) ->
  pairs (S t) w j b = designate (alive t (pairs t w) w j b) (start j b).
Proof. intros H. cbn [pairs]. destruct (phase_of t); auto. exfalso. eapply H; eauto. Qed.
Lemma pairs_read i w j b : pairs (clock (S i) 0) w j b = (2 * j, 2 * j + 1).
Proof. rewrite <- clock_next, <- clock_S. cbn [pairs]. rewrite phase_choose. auto. Qed.
Lemma pairs_split w j b : pairs (clock 0 0) w j b =
  designate (alive 0 (pairs 0 w) w j b) (start j b).
Proof. apply pairs_made. intros i. discriminate. Qed.
Lemma pairs_expand i k w j b : k < p ->
  pairs (clock i (S k)) w j b =
    designate (alive (clock i k) (pairs (clock i k) w) w j b) (start j b).
Proof.
  intros. rewrite <- clock_S. apply pairs_made. intros i'. rewrite phase_expand by auto.
  discriminate.
Qed.

Hypothesis Hroomy : roomy.

Lemma pairs_ok i k w j b : i < l -> k <= p -> j < bins i -> b <= k ->
  fst (pairs (clock i k) w j b) < N /\ snd (pairs (clock i k) w j b) < N /\
  fst (pairs (clock i k) w j b) <> snd (pairs (clock i k) w j b).
Proof.
  intros Hi Hk Hj Hb. destruct Hroomy as (P1 & B2 & HM). pose proof (HM i Hi) as Hm.
  destruct k as [|k]; [destruct i as [|i]|].
  - rewrite pairs_split. unfold alive.
    destruct (designate_block (live 0 (pairs 0 w) w j b) j b B2) as (D1 & D2 & D3).
    repeat split; auto; apply (block_lt j b); auto; lia.
  - rewrite pairs_read. cbn [fst snd].
    assert (2 * m <= N).
    { unfold bwidth. rewrite <- Nat.mul_assoc, (Nat.mul_comm 2 m). apply Nat.mul_le_mono_l. nia. }
    lia.
  - rewrite pairs_expand by lia. unfold alive.
    destruct (designate_block (live (clock i k) (pairs (clock i k) w) w j b) j b B2) as
      (D1 & D2 & D3).
    repeat split; auto; apply (block_lt j b); auto; lia.
Qed.

(** a neuron needs one or two different old neurons, all inside their layer *)
Definition wdb : nat -> nat := shape (dims 0) N L (dims l).
Lemma wdb_in t : 0 < t < L -> wdb t = N.
Proof. intros. unfold wdb, shape. destruct (Nat.eqb_spec t 0), (Nat.eqb_spec t L); lia. Qed.
Lemma need_ok t w j b : In (t, j, b) all_blocks ->
  let cs := map fst (need t (pairs t w) j b) in
  (length cs = 1 \/ length cs = 2) /\ NoDup cs /\ (forall c, In c cs -> c < wdb t).
Proof.
  intros H. apply in_blocks_inv in H as [(-> & Hj & ->)|(i & k & Hi & Hk & -> & Hj & Hb)];
    unfold need.
  - cbn [phase_of map length]. split; [auto|]. split; [repeat constructor; auto|].
    intros c [<-|[]]. change (wdb 0) with (dims 0). destruct (Nat.ltb_spec j (dims 0)); cbn [fst];
      lia.
  - rewrite phase_expand by auto. rewrite wdb_in by (split; [unfold clock; lia|apply clock_lt;
      lia]).
    destruct (Nat.leb_spec b k); cbn [map fst length].
    + split; [auto|]. split; [repeat constructor; auto|]. intros c [<-|[]].
      apply (pairs_ok i k w j b); auto; lia.
    + destruct (pairs_ok i k w j k) as (D1 & D2 & D3); auto; try lia.
      split; [auto|]. split; [|intros c [<-|[<-|[]]]; auto].
      repeat constructor; auto. intros [X|[]]. congruence.
Qed.

(** ** what the designated neurons depend on: the layers before *)
Definition layer (c : coord) : nat := fst (fst c).
Theorem pairs_agree t w w' : (forall c, layer c < t -> w' c = w c) -> pairs t w' = pairs t w.
Proof.
  induction t as [|t IH]; intros H; cbn [pairs]; auto.
  rewrite (IH ltac:(intros; apply H; lia)).
  assert (G : forall j b, alive t (pairs t w) w' j b = alive t (pairs t w) w j b).
  { intros j b. apply filter_ext. intros r. apply fits_agree. intros c Hc. apply H.
    unfold feeds in Hc. rewrite map_map in Hc. apply in_map_iff in Hc as [x [<- _]]. unfold layer.
    cbn [fst]. lia. }
  destruct (phase_of t); auto; apply functional_extensionality; intros j;
    apply functional_extensionality; intros b;
    rewrite G; auto.
Qed.
End Construction.
