(** * BlocksEvent (B3, B4): the probability of construction B's bad event.

    Given the layers before, the signs that a block reads are fresh. So a block has fewer than two
    live neurons with probability at most (3/4)^B (1 + B/3) ([B3_block_prob]), and a candidate finds
    no live copy of a wire with a given sign with probability at most (7/8)^B ([B3_copy_prob]).
    [B3_count]: a section carries or doubles m p(p+3)/2 blocks. [B4_bad_prob]: together, the bad
    event has probability at most [fail_sum], B4's sum. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Probability Pool Network.
From Pmone Require Import BlocksPlan.
Import ListNotations.
Open Scope R_scope.

(** ** fewer than two of n independent neurons fit *)
Section Few.
Variables (rq : nat -> list (coord * bool)) (k : nat).
Hypothesis Hk : (1 <= k)%nat.
Hypothesis rq_len : forall r, length (rq r) = k.
Definition reads_of (r : nat) : list coord := map fst (rq r).

Lemma unfit_pos : 0 < unfit k < 1.
Proof.
  unfold unfit. destruct k as [|k']; [lia|]. cbn [pow].
  pose proof (pow_incr (1/2) 1 k' ltac:(lra)). rewrite pow1 in *.
  assert (0 < (1/2) ^ k') by (apply pow_lt; lra). lra.
Qed.
Lemma none_prob ls w : NoDup (flat_map reads_of ls) ->
  E (flat_map reads_of ls) (fun w => ind (nofit (fun r => fits (rq r) w) ls)) w =
    unfit k ^ length ls.
Proof.
  intros ND. pose proof (nofit_prob (fun _ : unit => rq) k (fun _ =>
    true) tt ls (rq_len) ND w) as P.
  rewrite filter_true in P. exact P.
Qed.
Lemma fit_prob r w : NoDup (reads_of r) -> E (reads_of r) (fun w => ind (fits (rq r) w)) w =
  1 - unfit k.
Proof. intros. unfold reads_of. rewrite E_pattern by auto. rewrite rq_len. unfold unfit. lra. Qed.

Definition fewer (w : signs) (ls : list nat) : bool :=
  (length (filter (fun r => fits (rq r) w) ls) <? 2)%nat.
Lemma nofit_filter (f : nat -> bool) ls : nofit f ls = (length (filter f ls) <? 1)%nat.
Proof.
  unfold nofit. induction ls as [|a ls IH]; cbn; auto. destruct (f a); cbn; auto.
Qed.
Lemma fewer_cons w r ls : ind (fewer w (r :: ls)) =
  ind (fits (rq r) w) * ind (nofit (fun r => fits (rq r) w) ls) +
    ind (negb (fits (rq r) w)) * ind (fewer w ls).
Proof.
  rewrite nofit_filter. unfold fewer. cbn [filter]. destruct (fits (rq r) w); cbn [length negb ind].
  - destruct (length (filter (fun r0 => fits (rq r0) w) ls)) as [|[|n]]; cbn; lra.
  - lra.
Qed.

Lemma few_prob ls : NoDup (flat_map reads_of ls) -> forall w,
  E (flat_map reads_of ls) (fun w => ind (fewer w ls)) w
  = unfit k ^ length ls * (1 + INR (length ls) * ((1 - unfit k) / unfit k)).
Proof.
  pose proof unfit_pos as Q. induction ls as [|r ls IH]; intros ND w.
  - cbn. lra.
  - cbn [flat_map] in ND |- *. destruct (NoDup_app_inv _ _ ND) as (N1 & N2 & D).
    set (q := unfit k) in *. set (f := q ^ length ls * (1 + INR (length ls) * ((1 - q) / q))) in *.
    rewrite E_app.
    rewrite (E_ext _ _ (fun w => q ^ length ls * ind (fits (rq r) w) +
      f * (1 + (-1) * ind (fits (rq r) w)))).
    + rewrite E_plus, !E_scal, E_plus, E_const, E_scal, fit_prob by auto. fold q.
      cbn [length pow]. rewrite S_INR. unfold f. field. lra.
    + intros w1 _.
      rewrite (E_ext _ _ (fun w => ind (fits (rq r) w1) * ind (nofit (fun r => fits (rq r) w) ls) +
        ind (negb (fits (rq r) w1)) * ind (fewer w ls))).
      2:{ intros w2 A. rewrite fewer_cons. rewrite (fits_agree (rq r) w1 w2); auto. }
      rewrite E_plus, !E_scal, none_prob, IH by auto. fold q. rewrite ind_neg. lra.
Qed.
End Few.

Lemma half_ratio n : (2/3) ^ n * (1 + INR n) <= 1 + INR n / 3.
Proof.
  induction n as [|n IH]; [cbn; lra|]. destruct n as [|n]; [cbn; lra|].
  rewrite (S_INR (S n)) in *. rewrite (S_INR n) in *. pose proof (pos_INR n) as P.
  rewrite <- tech_pow_Rmult. set (x := (2/3) ^ S n) in *. assert (0 <= x) by (apply pow_le; lra).
  nra.
Qed.
(** the worst case is doubling *)
Lemma few_bound k n : (k = 1 \/ k = 2)%nat ->
  unfit k ^ n * (1 + INR n * ((1 - unfit k) / unfit k)) <= (3/4) ^ n * (1 + INR n / 3).
Proof.
  intros [-> | ->].
  - rewrite unfit_1. replace ((1 - 1/2) / (1/2)) with 1 by field. rewrite Rmult_1_r.
    replace (1/2) with (3/4 * (2/3)) by field. rewrite Rpow_mult_distr, Rmult_assoc.
    apply Rmult_le_compat_l; [apply pow_le; lra|apply half_ratio].
  - rewrite unfit_2. right. field.
Qed.

Section Event.
Variable T : blocks.
Local Notation dims := (b_dims T).
Local Notation l := (b_l T).
Local Notation p := (b_p T).
Local Notation B := (b_B T).
Local Notation N := (bwidth T).
Local Notation L := (bdepth T).
Local Notation wdb := (wdb T).
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Hroomy : roomy T.

Definition bcoords : list coord := coords_of wdb L.
Definition since (t : nat) : list coord := filter (fun c => t <=? layer c)%nat bcoords.
Lemma bcoords_nd : NoDup bcoords. Proof. apply coords_NoDup. Qed.
Lemma since_nd t : NoDup (since t). Proof. apply NoDup_filter, bcoords_nd. Qed.
Lemma in_since t a r c : In (a, r, c) (since t) <-> (t <= a < L /\ r < wdb (S a) /\ c < wdb a)%nat.
Proof.
  unfold since. rewrite filter_In. unfold layer. cbn [fst]. rewrite Nat.leb_le. unfold bcoords.
  rewrite in_coords. lia.
Qed.

(** it is enough to bound the probability for designated neurons that are fixed before layer t *)
Lemma given_before t (f : (nat -> nat -> nat * nat) -> signs -> R) b w :
  (forall w0 w, E (since t) (f (pairs T t w0)) w <= b) -> E bcoords (fun w =>
    f (pairs T t w) w) w <= b.
Proof.
  intros H. apply (E_cond (since t)); auto using since_nd, bcoords_nd.
  - intros c Hc. apply filter_In in Hc. tauto.
  - intros w1. rewrite (E_ext _ _ (f (pairs T t w1))); auto.
    intros w2 A. rewrite (pairs_agree T t w1 w2); auto. intros c Hc. apply A.
    intros X. apply filter_In in X as [_ X]. apply Nat.leb_le in X. lia.
Qed.

(** the neurons of the layers that blocks are in *)
Lemma block_layer t j b : In (t, j, b) (all_blocks T) ->
  (S t < L)%nat /\ forall r, In r (block T j b) -> (r < wdb (S t))%nat.
Proof.
  intros H. destruct Hroomy as (P1 & B2 & HM).
  assert (LT : (S t < L)%nat).
  { apply in_blocks_inv in H as [(-> & _)|(i & k & Hi & Hk & -> & _)]; [unfold bdepth; nia|].
    rewrite clock_S. apply clock_lt; lia. }
  split; auto. intros r Hr. rewrite wdb_in by lia.
  apply in_blocks_inv in H as [(-> & Hj & ->)|(i & k & Hi & Hk & -> & Hj & Hb)];
    apply (block_lt T j _ r) in Hr; auto; try lia.
  - pose proof (HM 0%nat ltac:(lia)) as M. unfold bins in M. cbn [Nat.eqb] in M. lia.
  - pose proof (HM i Hi). lia.
Qed.

Lemma feeds_fst t pr j b r : map fst (feeds T t pr j b r) = map (fun c => (t, r,
  c)) (map fst (need T t pr j b)).
Proof. unfold feeds. rewrite !map_map. auto. Qed.
Lemma feeds_nd t w0 j b r : In (t, j, b) (all_blocks T) ->
  NoDup (map fst (feeds T t (pairs T t w0) j b r)).
Proof.
  intros H. rewrite feeds_fst. apply NoDup_map_in; [apply (need_ok T Hroomy t w0 j b H)|].
  intros x y _ _ X. injection X. auto.
Qed.
Lemma feeds_since t w0 j b r : In (t, j, b) (all_blocks T) -> In r (block T j b) ->
  forall z, In z (map fst (feeds T t (pairs T t w0) j b r)) -> In z (since t) /\ layer z = t /\
    snd (fst z) = r.
Proof.
  intros H Hr z Hz. rewrite feeds_fst in Hz. apply in_map_iff in Hz as [c [<- Hc]]. split; [|auto].
  destruct (block_layer t j b H) as [LT R]. apply in_since. repeat split; auto; try lia.
  apply (need_ok T Hroomy t w0 j b H). auto.
Qed.

(** B3: a block has fewer than two live neurons *)
Theorem B3_block_prob t j b w : In (t, j, b) (all_blocks T) ->
  E bcoords (fun w => ind (badblock T w (t, j, b))) w <= (3/4) ^ B * (1 + INR B / 3).
Proof.
  intros H. apply (given_before t (fun pr w => ind (few T t pr w j b))). clear w. intros w0 w.
  set (rq := feeds T t (pairs T t w0) j b).
  destruct (need_ok T Hroomy t w0 j b H) as (NL & _). rewrite map_length in NL.
  assert (RL : forall r, length (rq r) = length (need T t (pairs T t w0) j b)) by (intros;
    apply map_length).
  assert (ND : NoDup (flat_map (reads_of rq) (block T j b))).
  { apply NoDup_flat_map; [apply seq_NoDup| |].
    - intros r _. apply feeds_nd; auto.
    - intros r r' z Hr Hr' Hz Hz'. apply feeds_since in Hz as (_ & _ & <-), Hz' as (_ & _ & <-);
        auto. }
  rewrite (E_sub (flat_map (reads_of rq) (block T j b))); auto using since_nd.
  - eapply Rle_trans;
      [right; apply (few_prob rq (length (need T t (pairs T t w0) j b)) ltac:(lia) RL _ ND w)|].
    unfold block. rewrite seq_length. apply few_bound. auto.
  - intros z Hz. apply in_flat_map in Hz as [r [Hr Hz]]. apply (feeds_since t w0 j b r); auto.
  - intros w1 w2 A. unfold few, alive. do 3 f_equal. apply filter_ext_in. intros r Hr.
    apply fits_agree.
    intros c Hc. apply A. apply in_flat_map. exists r. auto.
Qed.

(** B3: a candidate finds no live copy of some sign *)
Lemma copies_block i j b : (i < l)%nat -> (j < bins T i)%nat -> (b <= p)%nat ->
  In (clock T i (p - 1), j, b) (all_blocks T).
Proof. intros. destruct Hroomy as (P1 & _). apply in_section_blocks; auto; lia. Qed.
Lemma readers_lt i r : (i < l)%nat -> (r < readers T i)%nat -> (r < wdb (clock T (S i) 0))%nat.
Proof.
  intros Hi Hr. unfold readers, bouts in Hr. destruct (Nat.eqb_spec (S i) l) as [Q|Q].
  - rewrite Q, clock_last. unfold BlocksPlan.wdb, shape, bdepth. cbn [Nat.eqb Nat.add].
    rewrite Nat.eqb_refl. rewrite Q in Hr. auto.
  - rewrite wdb_in by (split; [unfold clock; lia|apply clock_lt; lia]).
    destruct Hroomy as (P1 & B2 & HM). pose proof (HM (S i) ltac:(lia)) as M. unfold bins in M.
    cbn [Nat.eqb] in M.
    unfold bwidth. rewrite <- Nat.mul_assoc. assert (2 <= (p + 1) * B)%nat by nia. nia.
Qed.
Lemma unfit_reach k : (k = 1 \/ k = 2)%nat -> 0 <= unfit (k + 1) <= 7/8.
Proof. intros [-> | ->]; unfold unfit; cbn; lra. Qed.

Theorem B3_copy_prob i r j b s w : In (i, r, (j, b), s) (all_copies T) ->
  E bcoords (fun w => ind (badcopy T w (i, r, (j, b), s))) w <= (7/8) ^ B.
Proof.
  intros H. apply in_copies in H as (Hi & Hr & Hj & Hb). set (t := clock T i (p - 1)).
  pose proof (copies_block i j b Hi Hj Hb) as HB. fold t in HB.
  assert (Et : S t = clock T i p) by (unfold t; rewrite clock_S; f_equal; destruct Hroomy; lia).
  assert (Ht : (S t < L)%nat) by (rewrite Et; apply clock_lt; lia).
  assert (Hr' : (r < wdb (S (S t)))%nat) by (rewrite Et, clock_S, clock_next; apply readers_lt;
    auto).
  apply (given_before t (fun pr w => ind (nocopy T t pr w j b r s))). clear w. intros w0 w.
  set (rq := reach T t (pairs T t w0) j b r s).
  destruct (need_ok T Hroomy t w0 j b HB) as (NL & _). rewrite map_length in NL.
  assert (RL : forall c, length (rq c) = (length (need T t (pairs T t w0) j b) + 1)%nat).
  { intros c. unfold rq, reach. rewrite app_length. unfold feeds. rewrite map_length. auto. }
  assert (RF : forall c z, In c (block T j b) -> In z (reads_of rq c) ->
     In z (since t) /\ ((layer z = t /\ snd (fst z) = c) \/ (layer z = S t /\ snd z = c))).
  { intros c z Hc Hz. unfold reads_of, rq,
      reach in Hz. rewrite map_app in Hz. apply in_app_or in Hz as [Hz|[<-|[]]].
    - apply feeds_since in Hz as (A1 & A2 & A3); auto.
    - split; [|right; auto]. apply in_since. destruct (block_layer t j b HB) as [_ R].
      repeat split; auto; lia. }
  assert (ND : NoDup (flat_map (reads_of rq) (block T j b))).
  { apply NoDup_flat_map; [apply seq_NoDup| |].
    - intros c Hc. unfold reads_of, rq, reach. rewrite map_app. apply NoDup_app_intro.
      + apply feeds_nd; auto.
      + repeat constructor; auto.
      + intros z Hz [<-|[]]. apply feeds_since in Hz as (_ & Q & _); auto. unfold layer in Q.
        cbn [fst] in Q. lia.
    - intros c c' z Hc Hc' Hz Hz'. apply RF in Hz as (_ & [[E1 <-]|[E1 <-]]),
        Hz' as (_ & [[E2 <-]|[E2 <-]]); auto; lia. }
  rewrite (E_sub (flat_map (reads_of rq) (block T j b))); auto using since_nd.
  - eapply Rle_trans; [right; apply (none_prob rq _ RL _ w ND)|].
    unfold block. rewrite seq_length. apply pow_incr. apply unfit_reach. auto.
  - intros z Hz. apply in_flat_map in Hz as [c [Hc Hz]]. apply (RF c z); auto.
  - intros w1 w2 A. unfold nocopy. f_equal. apply nofit_ext. intros c Hc. apply fits_agree.
    intros z Hz. apply A. apply in_flat_map. exists c. auto.
Qed.

(** ** counting *)
Lemma rsum_length {X} (f : nat -> list X) ls : INR (length (flat_map f ls)) =
  rsum (fun i => INR (length (f i))) ls.
Proof. induction ls; cbn [flat_map rsum]; auto. rewrite app_length, plus_INR, IHls. auto. Qed.
Lemma rsum_steps n : rsum (fun k => INR (S (S k))) (seq 0 n) = INR n * (INR n + 3) / 2.
Proof.
  induction n as [|n IH]; [cbn; lra|]. rewrite seq_S, rsum_app, IH. cbn [rsum plus]. rewrite !S_INR.
  field.
Qed.
(** B3: a section doubles or carries m p(p+3)/2 blocks *)
Theorem B3_count i : INR (length (section_blocks T i)) = INR (bins T i) * (INR p * (INR p + 3) / 2).
Proof.
  unfold section_blocks. rewrite rsum_length, <- rsum_steps, <- rsum_scal. apply rsum_ext.
  intros k _.
  rewrite map_length, prod_length, !seq_length, mult_INR. auto.
Qed.
Lemma copies_count i : INR (length (section_copies T i)) = 2 * (INR p +
  1) * (INR (readers T i) * INR (bins T i)).
Proof.
  unfold section_copies, wires. rewrite !prod_length, map_length, !seq_length, !mult_INR, plus_INR.
  cbn [length INR]. ring.
Qed.

(** B4's sum *)
Definition blocks_count : R :=
  INR (bins T 0) + rsum (fun i => INR (bins T i) * (INR p * (INR p + 3) / 2)) (seq 0 l).
Definition copies_count_sum : R :=
  rsum (fun i => 2 * INR (bins T i) * INR (bouts T i)) (seq 0 (l - 1)) +
    INR (bins T (l - 1)) * INR (bouts T (l - 1)).
Definition fail_sum : R :=
  blocks_count * ((3/4) ^ B * (1 + INR B / 3)) + 2 * (INR p + 1) * copies_count_sum * (7/8) ^ B.

Lemma all_blocks_count : INR (length (all_blocks T)) = blocks_count.
Proof.
  unfold all_blocks, blocks_count. rewrite app_length, map_length, seq_length, plus_INR,
    rsum_length. f_equal.
  apply rsum_ext. intros. apply B3_count.
Qed.
Lemma all_copies_count : INR (length (all_copies T)) = 2 * (INR p + 1) * copies_count_sum.
Proof.
  unfold all_copies, copies_count_sum. rewrite rsum_length.
  rewrite (rsum_ext _ _ _ (fun i _ => copies_count i)), rsum_scal. f_equal.
  assert (ES : seq 0 l = seq 0 (l - 1) ++ [(l - 1)%nat]).
  { change [(l - 1)%nat] with [(0 + (l - 1))%nat]. rewrite <- seq_S. f_equal. lia. }
  rewrite ES, rsum_app. cbn [rsum]. rewrite Rplus_0_r. f_equal.
  - apply rsum_ext. intros i Hi. apply in_seq in Hi. unfold readers.
    destruct (Nat.eqb_spec (S i) l); [lia|].
    rewrite mult_INR. cbn [INR]. ring.
  - unfold readers. replace (S (l - 1)) with l by lia. rewrite Nat.eqb_refl. ring.
Qed.

(** B4: the failure bound *)
Theorem B4_bad_prob w : E bcoords (fun w => ind (bad T w)) w <= fail_sum.
Proof.
  eapply Rle_trans with (E bcoords (fun w => ind (existsb (badblock T w) (all_blocks T)) +
    ind (existsb (badcopy T w) (all_copies T))) w).
  { apply E_le. intros w' _. apply ind_or. }
  rewrite E_plus. unfold fail_sum. rewrite <- all_blocks_count, <- all_copies_count, <- !rsum_const.
  apply Rplus_le_compat.
  - apply (union_bound bcoords (fun a w => badblock T w a)). intros [[t j] b] H.
    apply B3_block_prob; auto.
  - apply (union_bound bcoords (fun a w => badcopy T w a)). intros [[[i r] [j b]] s] H.
    apply B3_copy_prob; auto.
Qed.
End Event.
