(** * BlocksMain (B4): the theorem for construction B, binary expansion with redundant blocks.

    It is a reconstruction, with constants of its own, of the theorem of Sreenivasan, Rajput, Sohn
    and Papailiopoulos (arXiv 2110.08996) from its abstract and from restatements of it.
    [B4_plan]: for every p >= 1 and B >= 2 that meet Q1's condition and whose failure sum [fail_sum]
    is at most delta, among all sign assignments of the network of width N = max_i m_i (p+1) B and
    depth L = 1 + l(p+1) at least a fraction 1 - delta contain, for every target network of the
    given widths with layer norms <= 1, a mask whose pruned network, times 2^-P, is within eps of
    the target on the whole unit ball. ([B4_wider]: and of any larger width m (p+1) B.)
    [B4_theorem]: the same with explicit functions of (d, l, eps, delta):
      p = max(1, ceil(log2(d l / eps))),  B = ceil(log_{8/7}(4 d l (p+1) (d l + p) / delta)),
      N = 2 d (p+1) B,  L = 1 + l (p+1),  P = p l.
    It holds for any norms as in Network.v: [B4_euclidean], [B4_maximum]. [B4_not_vacuous] draws one
    such network out of the theorem. B5: N is of order d log^2(d l / (eps delta)) and L of order
    l log(d l / eps), with constants. *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Norms Explicit.
From Pmone Require Import BlocksPlan BlocksEvent BlocksSection.
Import ListNotations.
Open Scope R_scope.

(** ** any plan *)
Theorem B4_wider (nm : Norm) (T : blocks) (D : nat) eps delta :
  (1 <= b_l T)%nat -> roomy T ->
  (forall i, (i <= b_l T)%nat -> (b_dims T i <= D)%nat) ->
  (1 + eta_of D (b_p T)) ^ b_l T <= 1 + eps ->
  fail_sum T <= delta ->
  at_least (1 - delta) (coords_of (shape (b_dims T 0%nat) (bwidth T) (bdepth T) (b_dims T (b_l T)))
    (bdepth T))
    (contains nm (b_dims T) (b_l T) (bwidth T) (bdepth T) (bshift T) eps).
Proof.
  intros Hl Hr HD He Hd. apply (at_least_of_bad delta _ _ (good T)).
  - intros w Hg. apply (blocks_contain nm T D); auto.
  - fold (wdb T). fold (bcoords T). eapply Rle_trans; [|exact Hd].
    eapply Rle_trans; [|apply (B4_bad_prob T Hl Hr (fun _ => true))]. right. apply E_ext.
    intros w _.
    unfold good. rewrite negb_involutive. auto.
Qed.

(** max_i m_i *)
Definition widest (dims : nat -> nat) (l : nat) : nat :=
  list_max (map (fun i => if (i =? 0)%nat then (2 * dims 0)%nat else dims i) (seq 0 l)).
Definition blocks_plan (dims : nat -> nat) (l p B : nat) : blocks :=
  Blocks dims l p B (widest dims l).
Lemma widest_roomy dims l p B : (1 <= p)%nat -> (2 <= B)%nat -> roomy (blocks_plan dims l p B).
Proof.
  intros Hp HB. split; [auto|]. split; [auto|]. intros i Hi. cbn [blocks_plan b_m b_l] in *.
  unfold bins. cbn [b_dims blocks_plan].
  pose proof (proj1 (list_max_le (map (fun i => if (i =? 0)%nat then (2 * dims 0)%nat else dims i)
    (seq 0 l)) (widest dims l)) (le_n _)) as F.
  rewrite Forall_forall in F. apply F. apply in_map_iff. exists i. split; auto. apply in_seq. lia.
Qed.

Theorem B4_plan : forall (nm : Norm) (dims : nat -> nat) (l p B D : nat) (eps delta : R),
  (1 <= l)%nat -> (1 <= p)%nat -> (2 <= B)%nat ->
  (forall i, (i <= l)%nat -> (dims i <= D)%nat) ->
  (1 + eta_of D p) ^ l <= 1 + eps ->
  fail_sum (blocks_plan dims l p B) <= delta ->
  let N := (widest dims l * (p + 1) * B)%nat in
  let L := (1 + l * (p + 1))%nat in
  let P := (p * l)%nat in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L P eps).
Proof.
  intros nm dims l p B D eps delta Hl Hp HB HD He Hd.
  apply (B4_wider nm (blocks_plan dims l p B) D eps delta); auto. apply widest_roomy; auto.
Qed.

(** ** explicit functions *)
Section Numbers.
Variables (d l : nat) (eps delta : R).
Definition BlocksBits : nat := Nat.max 1 (Bits d l eps).
Local Notation p := BlocksBits.
Definition BlockSize : nat :=
  clog (8/7) (4 * (INR d * INR l) * (INR p + 1) * (INR d * INR l + INR p) / delta).
Definition BlocksWidth : nat := 2 * d * (p + 1) * BlockSize.
Definition BlocksDepth : nat := 1 + l * (p + 1).
Definition BlocksShift : nat := p * l.

Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Heps : 0 < eps <= 1.
Hypothesis Hdelta : 0 < delta < 1.

Lemma BlocksBits_ok : (1 + eta_of d p) ^ l <= 1 + eps.
Proof.
  eapply Rle_trans; [|apply (Bits_ok d l eps Hd Hl Heps)].
  assert (Q : 0 < 2 ^ S (Bits d l eps)) by (apply pow_lt; lra).
  assert (Q' : 2 ^ S (Bits d l eps) <= 2 ^ S p) by (apply Rle_pow; [lra|unfold p; lia]).
  apply pow_incr. unfold eta_of, Rdiv. pose proof (pos_INR d) as D0.
  assert (0 < / 2 ^ S p) by (apply Rinv_0_lt_compat; lra).
  split; [nra|]. apply Rplus_le_compat_l. apply Rmult_le_compat_l; auto.
  apply Rinv_le_contravar; auto.
Qed.

Lemma BlockSize_arg : 1 < 4 * (INR d * INR l) * (INR p + 1) * (INR d * INR l + INR p).
Proof.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  pose proof (INR1 p ltac:(unfold p; lia)) as P1. assert (1 <= INR d * INR l) by nra.
  set (X := INR d * INR l) in *. assert (1 <= X * (INR p + 1)) by nra.
  assert (1 <= X * (INR p + 1) * (X + INR p)) by nra. lra.
Qed.
Lemma BlockSize_two : (2 <= BlockSize)%nat.
Proof.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  pose proof (INR1 p ltac:(unfold p; lia)) as P1. assert (X1 : 1 <= INR d * INR l) by nra.
  unfold BlockSize. set (X := INR d * INR l) in *.
  pose proof (pow_clog (8/7) (4 * X * (INR p + 1) * (X + INR p) / delta) ltac:(lra)) as C.
  destruct (clog (8/7) (4 * X * (INR p + 1) * (X + INR p) / delta)) as [|[|n]];
    [exfalso|exfalso|lia];
    assert (1 <= X * (INR p + 1)) by nra; assert (2 <= X * (INR p + 1) * (X + INR p)) by nra;
    assert (1 < / delta) by (rewrite <- Rinv_1; apply Rinv_lt_contravar; lra);
    unfold Rdiv in C; cbn [pow] in C; nra.
Qed.
End Numbers.

Lemma six_sevenths n : (6/7) ^ n * (1 + INR n / 3) <= 4/3.
Proof.
  destruct n as [|[|[|n]]]; [cbn; lra|cbn; lra|cbn; lra|].
  induction n as [|n IH]; [cbn; lra|].
  rewrite <- tech_pow_Rmult. rewrite (S_INR (S (S (S n)))). rewrite (S_INR (S (S n))),
    (S_INR (S n)), (S_INR n) in *.
  pose proof (pos_INR n). set (y := (6/7) ^ S (S (S n))) in *.
  assert (0 <= y) by (apply pow_le; lra). nra.
Qed.
Lemma block_term n : (3/4) ^ n * (1 + INR n / 3) <= 4/3 * (7/8) ^ n.
Proof.
  replace (3/4) with (7/8 * (6/7)) by field. rewrite Rpow_mult_distr, Rmult_assoc,
    (Rmult_comm (4/3)).
  apply Rmult_le_compat_l; [apply pow_le; lra|apply six_sevenths].
Qed.

(** the counts of blocks and copies, and the failure sum, for widths at most d *)
Lemma counts_bound T d : (1 <= d)%nat -> (1 <= b_l T)%nat -> (forall i, (i <= b_l T)%nat ->
  (b_dims T i <= d)%nat) ->
  let X := INR d * INR (b_l T) in let p := INR (b_p T) in
  0 <= blocks_count T <= X * (p + 1) * (p + 2) /\ copies_count_sum T <= 2 * X * X.
Proof.
  intros Hd Hl HD X p. set (l := b_l T) in *.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1. assert (P0 : 0 <= p) by apply pos_INR.
  assert (IN : forall i, (i < l)%nat -> 0 <= INR (bins T i) <= 2 * INR d).
  { intros i Hi. split;
      [apply pos_INR|]. change 2 with (INR 2). rewrite <- mult_INR. apply le_INR. unfold bins.
    destruct (i =? 0)%nat; [pose proof (HD 0%nat ltac:(lia))|pose proof (HD i ltac:(lia))]; lia. }
  assert (OUT : forall i, (i < l)%nat -> 0 <= INR (bouts T i) <= INR d).
  { intros i Hi. split; [apply pos_INR|]. apply le_INR. apply HD. lia. }
  set (c := p * (p + 3) / 2). assert (C0 : 0 <= c) by (unfold c; nra).
  assert (BC : 0 <= blocks_count T <= X * (p + 1) * (p + 2)).
  { unfold blocks_count. fold l p c. pose proof (IN 0%nat ltac:(lia)). split.
    - assert (0 <= rsum (fun i => INR (bins T i) * c) (seq 0 l)); [|lra].
      apply rsum_nonneg. intros. apply Rmult_le_pos; auto. apply pos_INR.
    - assert (S1 : rsum (fun i => INR (bins T i) * c) (seq 0 l) <= INR l * (2 * INR d * c)).
      { rewrite <- (seq_length l 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
        apply Rmult_le_compat_r; auto. apply IN. lia. }
      assert (INR d <= X) by (unfold X; nra).
      replace (X * (p + 1) * (p + 2)) with (2 * X + INR l * (2 * INR d * c)) by (unfold c, X;
        field). lra. }
  split; [exact BC|]. unfold copies_count_sum. fold l.
  assert (S1 : rsum (fun i => 2 * INR (bins T i) * INR (bouts T i)) (seq 0 (l - 1)) <=
    INR (l - 1) * (2 * (2 * INR d) * INR d)).
  { rewrite <- (seq_length (l - 1) 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    pose proof (IN i ltac:(lia)). pose proof (OUT i ltac:(lia)). apply Rmult_le_compat; nra. }
  pose proof (IN (l - 1)%nat ltac:(lia)). pose proof (OUT (l - 1)%nat ltac:(lia)).
  assert (S2 : INR (bins T (l - 1)) * INR (bouts T (l - 1)) <= 2 * INR d * INR d)
    by (apply Rmult_le_compat; lra).
  rewrite minus_INR in S1 by lia. cbn [INR] in S1.
  assert (0 <= (INR d * INR d) * ((INR l - 1) * (INR l - 1))) by (apply Rmult_le_pos; nra).
  unfold X. replace (2 * (INR d * INR l) * (INR d * INR l)) with
    ((INR l - 1) * (2 * (2 * INR d) * INR d) + 2 * INR d * INR d +
      2 * ((INR d * INR d) * ((INR l - 1) * (INR l - 1)))) by ring. lra.
Qed.

Lemma fail_sum_bound T d : (1 <= d)%nat -> (1 <= b_l T)%nat -> (1 <= b_p T)%nat ->
  (forall i, (i <= b_l T)%nat -> (b_dims T i <= d)%nat) ->
  fail_sum T <= 4 * (INR d * INR (b_l T)) * (INR (b_p T) + 1) * (INR d * INR (b_l T) +
    INR (b_p T)) * (7/8) ^ b_B T.
Proof.
  intros Hd Hl Hp HD. destruct (counts_bound T d Hd Hl HD) as [[BC0 B1] B2].
  set (l := b_l T) in *. set (p := b_p T) in *.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1. pose proof (INR1 p Hp) as P1.
  unfold fail_sum. fold l p. set (y := (7/8) ^ b_B T). assert (Y : 0 < y) by (apply pow_lt; lra).
  pose proof (block_term (b_B T)) as BT. fold y in BT.
  assert (BT0 : 0 <= (3/4) ^ b_B T * (1 + INR (b_B T) / 3)).
  { apply Rmult_le_pos; [apply pow_le; lra|]. pose proof (pos_INR (b_B T)). lra. }
  set (X := INR d * INR l) in *. assert (X1 : 1 <= X) by (unfold X; nra).
  assert (T1 : blocks_count T * ((3/4) ^ b_B T * (1 + INR (b_B T) / 3)) <=
    X * (INR p + 1) * (INR p + 2) * (4/3 * y)).
  { apply Rmult_le_compat; auto. }
  assert (T2 : 2 * (INR p + 1) * copies_count_sum T * y <= 2 * (INR p + 1) * (2 * X * X) * y).
  { apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_l; [lra|]. auto. }
  assert (T3 : 0 <= (X * (INR p + 1) * y) * (8/3 * (INR p - 1))).
  { apply Rmult_le_pos; [|lra]. apply Rmult_le_pos; [|lra]. nra. }
  replace (4 * X * (INR p + 1) * (X + INR p) * y) with
    (X * (INR p + 1) * (INR p + 2) * (4/3 * y) + 2 * (INR p + 1) * (2 * X * X) * y +
      (X * (INR p + 1) * y) * (8/3 * (INR p - 1))) by field.
  lra.
Qed.

(** ** the theorem *)
Theorem B4_theorem : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> forall nm : Norm,
  let N := BlocksWidth d l eps delta in
  let L := BlocksDepth d l eps in
  let P := BlocksShift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L P eps).
Proof.
  intros d l eps delta Hd Hl He Hdl dims Hdims nm N L P.
  set (p := BlocksBits d l eps). set (B := BlockSize d l eps delta).
  assert (P1 : (1 <= p)%nat) by (unfold p, BlocksBits; lia).
  apply (B4_wider nm (Blocks dims l p B (2 * d)) d eps delta); auto.
  - split; [exact P1|]. split; [apply (BlockSize_two d l eps delta); auto|]. intros i Hi.
    cbn [b_l b_m] in *. unfold bins. cbn [b_dims].
    destruct (i =? 0)%nat; [pose proof (Hdims 0%nat ltac:(lia))|pose proof (Hdims i ltac:(lia))];
      lia.
  - apply (BlocksBits_ok d l eps delta); auto.
  - eapply Rle_trans; [apply (fail_sum_bound _ d); auto|]. cbn [b_l b_p b_B].
    pose proof (pow_clog (8/7) (4 * (INR d * INR l) * (INR p + 1) * (INR d * INR l + INR p) /
      delta) ltac:(lra)) as C.
    fold (BlockSize d l eps delta) in C. fold B in C.
    set (x := 4 * (INR d * INR l) * (INR p + 1) * (INR d * INR l + INR p)) in *.
    assert (Y : (7/8) ^ B * (8/7) ^ B = 1) by (rewrite <- Rpow_mult_distr;
      replace (7/8 * (8/7)) with 1 by field; apply pow1).
    assert (Y0 : 0 < (7/8) ^ B) by (apply pow_lt; lra).
    assert (C1 : x <= (8/7) ^ B * delta).
    { replace x with (x / delta * delta) by (field; lra). apply Rmult_le_compat_r; [lra|exact C]. }
    apply (Rmult_le_compat_r ((7/8) ^ B)) in C1; [|lra].
    replace ((8/7) ^ B * delta * (7/8) ^ B) with (delta * ((7/8) ^ B * (8/7) ^ B)) in C1 by ring.
    rewrite Y in C1. lra.
Qed.

(** the two norms of interest *)
Corollary B4_euclidean : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  let N := BlocksWidth d l eps delta in
  let L := BlocksDepth d l eps in
  let P := BlocksShift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains Euclid dims l N L P eps).
Proof. intros. apply B4_theorem; auto. Qed.
Corollary B4_maximum : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  let N := BlocksWidth d l eps delta in
  let L := BlocksDepth d l eps in
  let P := BlocksShift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains Sup dims l N L P eps).
Proof. intros. apply B4_theorem; auto. Qed.

(** the hypotheses can be met, and the conclusion is not empty: a target is the identity in every
    layer *)
Theorem B4_not_vacuous : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  let N := BlocksWidth d l eps delta in
  let L := BlocksDepth d l eps in
  exists w : signs, exists M : coord -> bool, forall x, euclid d x <= 1 ->
    euclid d (vsub (fun o => / 2 ^ BlocksShift d l eps * net (shape d N L d) (pruned w M) L x o)
                   (net (fun _ => d) (fun _ i j => if (j =? i)%nat then 1 else 0) l x)) <= eps.
Proof.
  intros d l eps delta Hd Hl He Hdl N L.
  destruct (at_least_exists (1 - delta) _ _ ltac:(lra)
    (B4_euclidean d l eps delta Hd Hl He Hdl (fun _ => d) (fun _ _ => le_n _))) as [w Hw].
  exists w. apply Hw. intros i _. apply identity_opnorm.
Qed.

(** ** B5: closed forms, for eps, delta <= 1/2; logarithms are rounded up *)
Theorem B5_width d l eps delta : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  0 < delta <= 1/2 ->
  let Y := clog 2 (INR d * INR l / (eps * delta)) in
  (BlocksWidth d l eps delta <= 32 * d * (Y * Y))%nat.
Proof.
  intros Hd Hl He Hdl Y. pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  assert (X1 : 1 <= INR d * INR l) by nra. set (X := INR d * INR l) in *.
  pose proof (pow_clog 2 (X / (eps * delta)) ltac:(lra)) as C. fold Y in C.
  assert (ED : 0 < eps * delta) by nra. assert (ED4 : eps * delta <= 1/4) by nra.
  assert (C' : X <= 2 ^ Y * (eps * delta)).
  { apply (Rmult_le_compat_r (eps * delta)) in C; [|lra]. unfold Rdiv in C. rewrite Rmult_assoc,
      Rinv_l, Rmult_1_r in C by lra. auto. }
  assert (Y2 : (2 <= Y)%nat).
  { destruct Y as [|[|Y']]; [exfalso|exfalso|lia]; cbn [pow] in C'; nra. }
  destruct Y as [|[|a]] eqn:EY; [lia|lia|]. clear Y2. cbn [pow] in C'.
  assert (A0 : 0 < 2 ^ a) by (apply pow_lt; lra).
  (* p + 1 <= Y *)
  assert (Pb : (BlocksBits d l eps + 1 <= S (S a))%nat).
  { enough (Bits d l eps <= S a)%nat by (unfold BlocksBits; lia).
    apply clog_least; [lra|]. fold X. cbn [pow]. apply Rmult_le_reg_r with eps; [lra|].
    unfold Rdiv. rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra. nra. }
  set (p := BlocksBits d l eps) in *.
  assert (PA : INR p <= INR a + 1) by (rewrite <- S_INR; apply le_INR; lia).
  assert (A2 : INR a + 1 <= 2 ^ a).
  { clear. induction a as [|a IH];
      [cbn; lra|]. rewrite S_INR. cbn [pow]. pose proof (pos_INR a). lra. }
  assert (P0 : 0 <= INR p) by apply pos_INR. assert (Da : 0 <= INR a) by apply pos_INR.
  (* B <= 16 Y *)
  assert (Bb : (BlockSize d l eps delta <= 16 * S (S a))%nat).
  { apply clog_least; [lra|]. fold X. rewrite pow_mult.
    assert (E8 : 8 ^ S (S a) <= ((8/7) ^ 16) ^ S (S a)) by (apply pow_incr; cbn; lra).
    eapply Rle_trans; [|exact E8].
    replace (8 ^ S (S a)) with (64 * (2 ^ a * 2 ^ a * 2 ^ a)).
    2:{ rewrite <- !Rpow_mult_distr. replace (2 * 2 * 2) with 8 by ring. cbn [pow]. ring. }
    apply Rmult_le_reg_r with delta; [lra|]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l,
      Rmult_1_r by lra.
    set (u := 2 ^ a) in *.
    assert (U1 : X <= 2 * u * delta) by nra.
    assert (U2 : X + INR p <= 2 * u) by nra.
    assert (U3 : INR p + 1 <= 2 * u) by nra.
    apply Rle_trans with (4 * (2 * u * delta) * (2 * u) * (2 * u)).
    - assert (V1 : X * (INR p + 1) <= 2 * u * delta * (2 * u)) by (apply Rmult_le_compat; lra).
      assert (V0 : 0 <= X * (INR p + 1)) by (apply Rmult_le_pos; lra).
      assert (V2 : X * (INR p + 1) * (X + INR p) <= 2 * u * delta * (2 * u) * (2 * u))
        by (apply Rmult_le_compat; lra).
      clear E8. fold p. lra.
    - assert (U0 : 0 <= u * u * u) by (assert (0 <= u * u) by nra; nra).
      replace (4 * (2 * u * delta) * (2 * u) * (2 * u)) with (32 * (u * u * u) * delta) by ring.
      apply Rmult_le_compat_r; lra. }
  unfold BlocksWidth. fold p.
  replace (32 * d * (S (S a) * S (S a)))%nat with (2 * d * S (S a) * (16 * S (S a)))%nat by ring.
  apply Nat.mul_le_mono; auto. apply Nat.mul_le_mono_l. auto.
Qed.

Theorem B5_depth d l eps : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  (BlocksDepth d l eps <= 3 * l * clog 2 (INR d * INR l / eps))%nat.
Proof.
  intros Hd Hl He. pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  assert (X1 : 1 <= INR d * INR l) by nra. pose proof (inv_half eps He) as E2.
  pose proof (pow_clog 2 (INR d * INR l / eps) ltac:(lra)) as C.
  unfold BlocksDepth, BlocksBits, Bits. destruct (clog 2 (INR d * INR l / eps)) as [|a].
  - exfalso. unfold Rdiv in C. cbn in C. nra.
  - rewrite Nat.max_r by lia. nia.
Qed.
