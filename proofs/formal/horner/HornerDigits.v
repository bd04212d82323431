(** * HornerDigits: the digit signs are fresh, and the whole bad event (S4's failure bound).

    The signs of the digits (edges from carriers into accumulators) are never read by the matching,
    so for a fixed matching they are fresh coins: [digit_prob], 4^-e for each (i, o, j) (E4).
    [S4_bad_prob]: the bad event has probability at most [match_sum] + [digit_sum], the two sums of
    S4. *)
Require Import ZArith Reals List Lra Lia Psatz Bool Permutation.
From Pmone Require Import Sums Expansion Probability Pool Network Layers.
From Pmone Require Import HornerPlan HornerEvent HornerReadOut.
Import ListNotations.
Open Scope R_scope.

Section Digits.
Variable T : plan.
Local Notation dims := (p_dims T).
Local Notation l := (p_l T).
Local Notation e := (p_e T).
Local Notation nU := (p_U T).
Local Notation nA := (p_A T).
Local Notation K := (stages T).
Local Notation N := (width T).
Local Notation L := (depth T).
Hypothesis l_pos : (1 <= l)%nat.
Hypothesis Hsizes : sizes T.

Definition isdigit (c : coord) : bool :=
  let '(a, r, cc) := c in
  (S a <? L)%nat &&
  match kind_of T a with
  | Stage i k => (nU <=? r)%nat && ((k =? 0)%nat || (cc <? nU)%nat)
  | _ => false
  end.
Definition dcoords : list coord := filter isdigit (coords T).
Lemma dcoords_nd : NoDup dcoords. Proof. apply NoDup_filter, coords_nd; auto. Qed.

Lemma reads_not_digit t c : (S t < L)%nat -> reads T t c -> isdigit c = false.
Proof.
  destruct c as [[a r] cc]. intros Ht Hr. unfold isdigit.
  destruct (Nat.ltb_spec (S a) L) as [Ha|Ha]; [|auto]. cbn [andb].
  destruct (reads_layer T t (a, r, cc) Ht Hr) as [E|[E [i [Ek Ei]]]]; unfold layer in E; cbn in E;
    subst a.
  - unfold reads in Hr. destruct (kind_of T t) as [|i k|i|i]; auto.
    destruct Hr as [_ [Hr|[Hk Hr]]].
    + destruct (Nat.leb_spec nU r); [lia|]. auto.
    + destruct (Nat.eqb_spec k 0); [lia|]. destruct (Nat.ltb_spec cc nU); [lia|].
      destruct (nU <=? r)%nat; auto.
  - exfalso. apply (not_last_before T t Ha). exists i. auto.
Qed.

(** the placement does not read digits *)
Lemma place_digits t w w' : (S t < L)%nat -> agree dcoords w w' ->
  place T (S t) w' = place T (S t) w.
Proof.
  intros Ht A. apply place_agree; auto. intros t' c Ht' Hr. apply A. unfold dcoords.
  rewrite filter_In.
  intros [_ X]. rewrite (reads_not_digit t' c) in X; auto; [discriminate|lia].
Qed.
Lemma place_digits' t w w' : (S t < L)%nat -> agree dcoords w w' -> place T t w' = place T t w.
Proof. destruct t; intros Ht A; [reflexivity|]. apply place_digits; auto; lia. Qed.

Section One.
Variables (i o j : nat).
Hypothesis Hi : (i < l)%nat.
Hypothesis Ho : (o <= outs T i)%nat.
Hypothesis Hj : (j < ins T i)%nat.

(** the two edges of digit k under the placement of w *)
Definition two (w : signs) (k : nat) : list (coord * bool) :=
  [((time T i k, place T (S (time T i k)) w (A o), place T (time T i k) w (U j)), false);
   ((time T i k, place T (S (time T i k)) w (A' o), place T (time T i k) w (U j)), false)].
Definition pattern (w : signs) : list (coord * bool) := flat_map (two w) (seq 0 e).

Lemma baddigit_pattern w : baddigit T w (i, o, j) = fits (pattern w) w.
Proof.
  unfold baddigit, pattern. induction (seq 0 e) as [|k ks IH]; cbn [flat_map forallb]; auto.
  rewrite fits_app, IH. f_equal. unfold two, dplus, fits. cbn [forallb fst snd].
  destruct (w _), (w _); reflexivity.
Qed.
Lemma pattern_fixed w w' : agree dcoords w w' -> pattern w' = pattern w.
Proof.
  intros A. unfold pattern. apply flat_map_ext_in. intros k Hk. apply in_seq in Hk. unfold two.
  assert (Ht : (S (time T i k) < L)%nat) by (apply time_lt; unfold stages; lia).
  rewrite (place_digits _ w w'), (place_digits' _ w w') by auto. auto.
Qed.
Lemma pattern_len w : length (pattern w) = (2 * e)%nat.
Proof.
  assert (G : forall ks, length (flat_map (two w) ks) = (2 * length ks)%nat).
  { induction ks as [|k ks IH]; cbn [flat_map]; auto. rewrite app_length, IH. cbn. lia. }
  unfold pattern. rewrite G, seq_length. auto.
Qed.

Lemma slots_AA k : (k < K)%nat -> In (A o) (slots T (S (time T i k))) /\
  In (A' o) (slots T (S (time T i k))).
Proof. intros Hk. rewrite time_S. apply slots_A; auto; lia. Qed.

Lemma blocks w k : (k < K)%nat ->
  In (place T (S (time T i k)) w (A o)) (poolA T) /\
    In (place T (S (time T i k)) w (A' o)) (poolA' T).
Proof.
  intros Hk. destruct (slots_AA k Hk) as [S1 S2]. split.
  - apply (place_blocks T Hsizes l_pos w i k (A o)); auto.
  - apply (place_blocks T Hsizes l_pos w i k (A' o)); auto.
Qed.
Lemma blockU w k : (S k < K)%nat -> In (place T (S (time T i k)) w (U j)) (poolU T).
Proof.
  intros Hk. apply (place_blocks T Hsizes l_pos w i k (U j)); auto; try lia.
  rewrite time_S. apply slots_U; auto.
Qed.

Lemma pattern_in w : incl (map fst (pattern w)) dcoords.
Proof.
  intros c Hc. apply in_map_iff in Hc as [[c' b] [<- Hc]]. cbn [fst]. unfold pattern in Hc.
  apply in_flat_map in Hc as [k [Hk Hc]]. apply in_seq in Hk.
  assert (HkK : (k < K)%nat) by (unfold stages; lia).
  assert (Ht : (S (time T i k) < L)%nat) by (apply time_lt; lia).
  destruct (blocks w k HkK) as [B1 B2].
  assert (CU : (place T (time T i k) w (U j) < wd T (time T i k))%nat).
  { apply pl_lt; auto. apply slots_U; auto. }
  assert (CB : (k =? 0)%nat || (place T (time T i k) w (U j) <? nU)%nat = true).
  { destruct k as [|k]; auto. cbn [Nat.eqb orb]. apply Nat.ltb_lt. rewrite <- time_S.
    pose proof (blockU w k ltac:(lia)) as B. apply in_seq in B. lia. }
  assert (G : forall r, In r (poolA T) \/ In r (poolA' T) -> In (time T i k, r,
    place T (time T i k) w (U j)) dcoords).
  { intros r Hr. unfold dcoords. apply filter_In. split.
    - unfold coords. apply in_coords. cbn [layout_of lay_L lay_wd]. repeat split; auto; try lia.
      apply pool_lt; auto. destruct Hr; auto using poolA_pool, poolA'_pool.
    - unfold isdigit. rewrite kind_stage by auto. rewrite CB.
      destruct (Nat.ltb_spec (S (time T i k)) L); [|lia]. cbn [andb]. rewrite andb_true_r.
      apply Nat.leb_le.
      destruct Hr as [Hr|Hr]; apply in_seq in Hr; lia. }
  destruct Hc as [X|[X|[]]]; injection X as <- _; apply G; auto.
Qed.

Lemma pattern_nd w : NoDup (map fst (pattern w)).
Proof.
  assert (G : forall ks, NoDup ks -> (forall k, In k ks -> (k < K)%nat) ->
    NoDup (map fst (flat_map (two w) ks))).
  2:{ apply G; [apply seq_NoDup|]. intros k Hk. apply in_seq in Hk. unfold stages; lia. }
  induction 1 as [|k ks Hk ND IH]; intros HK; cbn [flat_map map]; [constructor|].
  rewrite map_app. apply NoDup_app_intro.
  - unfold two. cbn [map fst]. constructor; [|repeat constructor; auto].
    intros [X|[]]. destruct (blocks w k (HK k (or_introl eq_refl))) as [B1 B2].
    apply in_seq in B1, B2. pose proof (f_equal (fun c : coord => snd (fst c)) X) as Y.
    cbn [fst snd] in Y. lia.
  - apply IH. intros; apply HK; right; auto.
  - intros c H1 H2. apply in_map_iff in H2 as [[c' b] [<- H2]].
    apply in_flat_map in H2 as [k' [Hk' H2]].
    assert (k = k'); [|congruence].
    assert (TI : forall a b, time T i a = time T i b -> a = b) by (unfold time; intros; lia).
    cbn [fst] in H1. apply TI.
    unfold two in H1, H2. cbn [map fst] in H1.
    assert (L1 : fst (fst c') = time T i k) by (destruct H1 as [<-|[<-|[]]]; reflexivity).
    assert (L2 : fst (fst c') = time T i k') by (destruct H2 as [X|[X|[]]]; injection X as <- _;
      reflexivity).
    congruence.
Qed.

Lemma digit_prob w : E (coords T) (fun w => ind (baddigit T w (i, o, j))) w <= (1/4) ^ e.
Proof.
  apply (E_cond dcoords); auto using dcoords_nd.
  - apply coords_nd; auto.
  - intros c Hc. unfold dcoords in Hc. apply filter_In in Hc. tauto.
  - intros w1. rewrite (E_ext _ _ (fun w' => ind (fits (pattern w1) w'))).
    2:{ intros w2 A. rewrite baddigit_pattern, (pattern_fixed w1 w2 A). auto. }
    rewrite (E_sub (map fst (pattern w1))); auto using dcoords_nd, pattern_in, pattern_nd.
    + rewrite E_pattern by apply pattern_nd. rewrite pattern_len, pow_mult. right. f_equal. cbn.
      lra.
    + intros w2 w3 H. f_equal. apply fits_agree. auto.
Qed.
End One.

(** ** the sums of S4 *)
Definition match_sum : R :=
  G1 (2 * dims 0) nU half +
  rsum (fun i => INR (K - 1) * (G1 (ins T i) nU half + 2 * G1 (S (outs T i)) nA threeq) +
    G1 (S (outs T i)) N threeq) (seq 0 l) +
  rsum (fun i => G2 (outs T i) N) (seq 0 (l - 1)) + G3 (outs T (l - 1)) N.
Definition digit_sum : R := rsum (fun i => INR (S (outs T i) * ins T i) * (1/4) ^ e) (seq 0 l).

Definition beta (t : nat) : R :=
  match kind_of T t with
  | Split => G1 (2 * dims 0) nU half
  | Stage i k => beta_stage T i k
  | Merge i => G1 (S (outs T i)) N threeq
  | Read i => if (S i =? l)%nat then G3 (outs T i) N else G2 (outs T i) N
  end.

Theorem layer_prob t w : (S t < L)%nat -> E (coords T) (fun w => ind (badlayer T t w)) w <= beta t.
Proof.
  intros Ht. apply layer_cond; auto. intros w0.
  destruct (time_cases T t Ht) as [->|(i & k & Hi & Hk & ->)].
  - apply split_prob; auto.
  - unfold beta. destruct (Nat.lt_ge_cases k K) as [Hk1|Hk1];
      [|destruct (Nat.eq_dec k K) as [->|Hk2]].
    + rewrite kind_stage by auto. apply stage_prob; auto.
    + rewrite kind_merge. apply merge_prob; auto.
    + assert (k = S K) by lia. subst k. rewrite kind_read. destruct (Nat.eqb_spec (S i) l).
      * apply last_prob; auto.
      * apply read_prob; auto.
Qed.

Lemma sum_layers (f : nat -> R) n : rsum f (seq 0 (1 + n * (K + 2))) =
  f 0%nat + rsum (fun i => rsum (fun k => f (time T i k)) (seq 0 (K + 2))) (seq 0 n).
Proof.
  induction n as [|n IH].
  - cbn. lra.
  - replace (1 + S n * (K + 2))%nat with ((1 + n * (K + 2)) + (K + 2))%nat by lia.
    rewrite seq_app, rsum_app, IH, seq_S, rsum_app. cbn [rsum].
    rewrite (seq_off (0 + (1 + n * (K + 2)))), rsum_map. rewrite !Rplus_assoc. do 2 f_equal.
    rewrite Rplus_0_r. apply rsum_ext. intros k _. f_equal.
Qed.

Lemma sum_section i : (i < l)%nat -> rsum (fun k => beta (time T i k)) (seq 0 (K + 2)) =
  INR (K - 1) * (G1 (ins T i) nU half + 2 * G1 (S (outs T i)) nA threeq) +
    G1 (S (outs T i)) N threeq
  + (if (S i =? l)%nat then G3 (outs T i) N else G2 (outs T i) N).
Proof.
  intros Hi. replace (K + 2)%nat with (K + (1 + 1))%nat by lia. rewrite !seq_app, !rsum_app.
  cbn [seq Nat.add]. cbn [rsum].
  replace (0 + K)%nat with K by lia. replace (K + 1)%nat with (S K) by lia.
  unfold beta at 2 3. rewrite kind_merge, kind_read.
  rewrite (rsum_ext (fun k => beta (time T i k)) (beta_stage T i)).
  2:{ intros k Hk. apply in_seq in Hk. unfold beta. rewrite kind_stage by lia. auto. }
  assert (KS : exists k, K = S k) by (exists (p_p T + e)%nat; unfold stages; lia).
  destruct KS as [k0 EK].
  unfold beta_stage. rewrite rsum_plus, EK, Nat.sub_succ, Nat.sub_0_r.
  assert (S1 : rsum (fun k => if (S k <? S k0)%nat then G1 (ins T i) nU half else 0) (seq 0 (S k0))
    = INR k0 * G1 (ins T i) nU half).
  { rewrite seq_S, rsum_app. cbn [rsum Nat.add]. rewrite Nat.ltb_irrefl.
    rewrite (rsum_ext _ (fun _ => G1 (ins T i) nU half)).
    - rewrite rsum_const, seq_length. lra.
    - intros k Hk. apply in_seq in Hk. destruct (Nat.ltb_spec (S k) (S k0)); [auto|lia]. }
  assert (S2 : rsum (fun k => if (k =? 0)%nat then 0 else 2 * G1 (S (outs T i)) nA threeq)
    (seq 0 (S k0)) = INR k0 * (2 * G1 (S (outs T i)) nA threeq)).
  { cbn [seq rsum Nat.eqb]. rewrite (rsum_ext _ (fun _ => 2 * G1 (S (outs T i)) nA threeq)).
    - rewrite rsum_const, seq_length. lra.
    - intros k Hk. apply in_seq in Hk. destruct (Nat.eqb_spec k 0); [lia|auto]. }
  rewrite S1, S2. lra.
Qed.

Lemma sum_beta : rsum beta (seq 0 (L - 1)) = match_sum.
Proof.
  replace (L - 1)%nat with (1 + l * (K + 2))%nat by (unfold depth; lia).
  rewrite sum_layers. unfold beta at 1. cbn [kind_of].
  rewrite (rsum_ext _ (fun i => INR (K - 1) * (G1 (ins T i) nU half +
    2 * G1 (S (outs T i)) nA threeq) + G1 (S (outs T i)) N threeq
     + (if (S i =? l)%nat then G3 (outs T i) N else G2 (outs T i) N))).
  2:{ intros i Hi. apply in_seq in Hi. apply sum_section. lia. }
  rewrite rsum_plus. unfold match_sum.
  assert (R : rsum (fun i => if (S i =? l)%nat then G3 (outs T i) N else G2 (outs T i) N) (seq 0 l)
     = rsum (fun i => G2 (outs T i) N) (seq 0 (l - 1)) + G3 (outs T (l - 1)) N).
  { assert (ES : seq 0 l = seq 0 (l - 1) ++ [(l - 1)%nat]).
    { change [(l - 1)%nat] with [(0 + (l - 1))%nat]. rewrite <- seq_S. f_equal. lia. }
    rewrite ES, rsum_app. cbn [rsum].
    replace (S (l - 1)) with l by lia. rewrite Nat.eqb_refl.
    rewrite (rsum_ext _ (fun i => G2 (outs T i) N)); [lra|].
    intros i Hi. apply in_seq in Hi. destruct (Nat.eqb_spec (S i) l); [lia|auto]. }
  rewrite R. lra.
Qed.

Lemma sum_digits : rsum (fun _ => (1/4) ^ e) (triples T) = digit_sum.
Proof.
  unfold triples. rewrite rsum_flat_map. apply rsum_ext. intros i _.
  rewrite rsum_map, rsum_const, prod_length, !seq_length. auto.
Qed.

(** S4: the failure bound *)
Theorem S4_bad_prob w : E (coords T) (fun w => ind (bad T w)) w <= match_sum + digit_sum.
Proof.
  eapply Rle_trans
    with (E (coords T) (fun w => ind (existsb (fun t => badlayer T t w) (seq 0 (L - 1)))
     + ind (existsb (baddigit T w) (triples T))) w).
  { apply E_le. intros w' _. apply ind_or. }
  rewrite E_plus. apply Rplus_le_compat.
  - rewrite <- sum_beta. apply (union_bound (coords T) (fun t w => badlayer T t w)).
    intros t Ht. apply in_seq in Ht. apply layer_prob. lia.
  - rewrite <- sum_digits. apply (union_bound (coords T) (fun d w => baddigit T w d)).
    intros [[i o] j] Hd. unfold triples in Hd. apply in_flat_map in Hd as [i' [Hi' Hd]].
    apply in_map_iff in Hd as [[a b] [Eq Hd]]. cbn in Eq. injection Eq as -> -> ->.
    apply in_prod_iff in Hd as [H1 H2]. apply in_seq in Hi', H1, H2. apply digit_prob; lia.
Qed.
End Digits.
