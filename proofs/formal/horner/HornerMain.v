(** * HornerMain (S4): the strong lottery ticket theorem for +-1 weights.

    [S4_plan]: any plan whose pools are large enough, whose p satisfies Q1's condition, and whose
    failure sums are at most delta, works: among all 2^n sign assignments of the random network of
    its shape at least a fraction 1 - delta contain, for every target network of the given widths
    with layer norms <= 1, a mask whose pruned network, times 2^-P, is within eps of the target on
    the whole unit ball.
    [S4_theorem]: the same with explicit functions of (d, l, eps, delta):
      p = ceil(log2(d l / eps)),  e = ceil(log4(4 l d (d+1) / delta)),  K = p + 1 + e,
      N = 4 d + 2 + 3 ceil(log_{4/3}(20 l K / delta)),  L = 2 + l (K + 2),  P = p l.
    It holds for any norms as in Network.v: [S4_euclidean], [S4_maximum]. [S4_not_vacuous] draws one
    such network out of the theorem. S5: bounds on N and L in closed form. ([at_least], [clog] and
    [Bits] are in Explicit.v.) *)
Require Import ZArith Reals List Lra Lia Psatz Bool.
From Pmone Require Import Sums Expansion Probability Pool Network Quantize Norms Layers Explicit.
From Pmone Require Import HornerPlan HornerSection HornerTicket HornerEvent HornerReadOut
  HornerDigits.
Import ListNotations.
Open Scope R_scope.

(** ** any plan *)
Theorem S4_plan (nm : Norm) (T : plan) (D : nat) eps delta :
  (1 <= p_l T)%nat -> sizes T ->
  (forall i, (i <= p_l T)%nat -> (p_dims T i <= D)%nat) ->
  (1 + eta_of D (p_p T)) ^ p_l T <= 1 + eps ->
  match_sum T + digit_sum T <= delta ->
  at_least (1 - delta) (coords_of (shape (p_dims T 0%nat) (width T) (depth T) (p_dims T (p_l T)))
    (depth T))
    (contains nm (p_dims T) (p_l T) (width T) (depth T) (shift T) eps).
Proof.
  intros Hl Hs HD He Hd. apply (at_least_of_bad delta _ _ (good T)).
  - intros w Hg. apply (good_contains nm T D); auto.
  - change (coords_of _ _) with (coords T).
    eapply Rle_trans; [|apply Hd]. eapply Rle_trans; [|apply (S4_bad_prob T Hl Hs (fun _ => true))].
    right. apply E_ext. intros w _. unfold good. rewrite negb_involutive. auto.
Qed.

(** ** explicit functions *)
Section Explicit.
Variables (d l : nat) (eps delta : R).
Definition Spare : nat := clog 4 (4 * INR l * INR d * (INR d + 1) / delta).
Local Notation Bits := (Bits d l eps).
Definition Stages : nat := Bits + 1 + Spare.
Definition Slack : nat := clog (4/3) (20 * INR l * INR Stages / delta).
Definition Width : nat := 4 * d + 2 + 3 * Slack.
Definition Depth : nat := 2 + l * (Stages + 2).
Definition Shift : nat := Bits * l.

Definition Plan_of (dims : nat -> nat) : plan := Plan dims l Bits Spare (2 * d + Slack) (d + 1 +
  Slack).

Hypothesis Hd : (1 <= d)%nat.
Hypothesis Hl : (1 <= l)%nat.
Hypothesis Heps : 0 < eps <= 1.
Hypothesis Hdelta : 0 < delta < 1.
Variable dims : nat -> nat.
Hypothesis Hdims : forall i, (i <= l)%nat -> (dims i <= d)%nat.
Local Notation T := (Plan_of dims).
Local Notation s := Slack.
Local Notation y := ((3/4) ^ Slack).

Lemma y_pos : 0 < y. Proof. apply pow_lt. lra. Qed.
Lemma ins_d i : (i < l)%nat -> (ins T i <= 2 * d)%nat.
Proof.
  intros Hi. unfold ins. cbn [p_dims Plan_of]. destruct (i =? 0)%nat.
  - pose proof (Hdims 0 ltac:(lia)). lia.
  - pose proof (Hdims i ltac:(lia)). lia.
Qed.
Lemma outs_d i : (i < l)%nat -> (outs T i <= d)%nat.
Proof. intros Hi. unfold outs. cbn [p_dims Plan_of]. apply Hdims. lia. Qed.
Lemma sizes_ok : sizes T.
Proof.
  intros i Hi. cbn [p_l p_U p_A Plan_of] in *. pose proof (ins_d i Hi). pose proof (outs_d i Hi).
  lia.
Qed.
Lemma width_ok : width T = Width.
Proof. unfold width, Width. cbn [p_U p_A Plan_of]. lia. Qed.

Lemma GU n : (n <= 2 * d)%nat -> G1 n (p_U T) half <= y.
Proof.
  intros H. cbn [p_U Plan_of]. eapply Rle_trans; [apply (G1_geom n _ s); [unfold half; lra|lia]|].
  unfold half. replace (1 / 2 / (1 - 1 / 2)) with 1 by field. rewrite Rmult_1_l. apply pow_incr.
  lra.
Qed.
Lemma GA n u : (n + s <= u)%nat -> G1 n u threeq <= 3 * y.
Proof.
  intros H. eapply Rle_trans; [apply (G1_geom n _ s); [unfold threeq; lra|lia]|].
  unfold threeq. right. field.
Qed.
Lemma GR n : (n <= d)%nat -> G2 n Width <= y.
Proof.
  intros H. unfold G2, Width.
  assert (P : 2 ^ n <= 2 ^ d) by (apply Rle_pow; [lra|auto]).
  assert (P0 : 0 < 2 ^ n) by (apply pow_lt; lra).
  rewrite !pow_add, !pow_mult.
  assert (Q1 : (2 * (3/4) ^ 4) ^ d <= 1 ^ d) by (apply pow_incr; cbn; lra).
  rewrite pow1, Rpow_mult_distr in Q1.
  assert (Q2 : ((3/4) ^ 3) ^ s <= y) by (apply pow_incr; cbn; lra).
  assert (Z1 : 0 < ((3/4) ^ 4) ^ d) by (apply pow_lt; cbn; lra).
  assert (Z2 : 0 < ((3/4) ^ 3) ^ s) by (apply pow_lt; cbn; lra).
  assert (C2 : (3/4) ^ 2 = 9/16) by (cbn; field).
  assert (Z3 : (2 ^ n - 1) * ((3/4) ^ 4) ^ d <= 1) by nra.
  replace ((2 ^ n - 1) * (((3/4) ^ 4) ^ d * (3/4) ^ 2 * ((3/4) ^ 3) ^ s))
    with (((2 ^ n - 1) * ((3/4) ^ 4) ^ d) * ((3/4) ^ 2 * ((3/4) ^ 3) ^ s)) by ring.
  apply Rle_trans with (1 * ((3/4) ^ 2 * ((3/4) ^ 3) ^ s)).
  - apply Rmult_le_compat_r; auto. rewrite C2. lra.
  - rewrite C2. lra.
Qed.
Lemma GO n : (n <= d)%nat -> G3 n Width <= 5 * y.
Proof.
  intros H. unfold G3, Width.
  assert (P : (4/3) ^ n <= (4/3) ^ d) by (apply Rle_pow; [lra|auto]).
  rewrite !pow_add, !pow_mult.
  assert (Q1 : (4/3 * (7/8) ^ 4) ^ d <= 1 ^ d) by (apply pow_incr; cbn; lra).
  rewrite pow1, Rpow_mult_distr in Q1.
  assert (Q2 : ((7/8) ^ 3) ^ s <= y) by (apply pow_incr; cbn; lra).
  assert (Z1 : 0 < ((7/8) ^ 4) ^ d) by (apply pow_lt; cbn; lra).
  assert (Z2 : 0 < ((7/8) ^ 3) ^ s) by (apply pow_lt; cbn; lra).
  assert (C2 : (7/8) ^ 2 = 49/64) by (cbn; field).
  assert (Z3 : ((4/3) ^ n - 1) * ((7/8) ^ 4) ^ d <= 1) by nra.
  replace (6 * ((4/3) ^ n - 1) * (((7/8) ^ 4) ^ d * (7/8) ^ 2 * ((7/8) ^ 3) ^ s))
    with ((((4/3) ^ n - 1) * ((7/8) ^ 4) ^ d) * (6 * (7/8) ^ 2 * ((7/8) ^ 3) ^ s)) by ring.
  apply Rle_trans with (1 * (6 * (7/8) ^ 2 * ((7/8) ^ 3) ^ s)).
  - apply Rmult_le_compat_r; auto. rewrite C2. lra.
  - rewrite C2. lra.
Qed.

Lemma match_ok : match_sum T <= delta / 2.
Proof.
  pose proof y_pos as Y. pose proof (INR1 l Hl) as L1.
  assert (KE : stages T = Stages) by (unfold stages, Stages; reflexivity).
  assert (K1 : 1 <= INR Stages) by (apply INR1; unfold Stages; lia).
  assert (B : match_sum T <= 10 * INR l * INR Stages * y).
  { unfold match_sum. rewrite KE, width_ok. cbn [p_dims p_l Plan_of].
    pose proof (GU (2 * dims 0) ltac:(pose proof (Hdims 0 ltac:(lia)); lia)) as B0.
    assert (B1 : rsum (fun i => INR (Stages - 1) * (G1 (ins T i) (p_U T) half +
      2 * G1 (S (outs T i)) (p_A T) threeq) + G1 (S (outs T i)) Width threeq) (seq 0 l)
       <= INR l * (INR (Stages - 1) * (7 * y) + 3 * y)).
    { rewrite <- (seq_length l 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
      pose proof (outs_d i ltac:(lia)).
      apply Rplus_le_compat.
      - apply Rmult_le_compat_l; [apply pos_INR|].
        pose proof (GU (ins T i) (ins_d i ltac:(lia))).
        pose proof (GA (S (outs T i)) (p_A T) ltac:(cbn [p_A Plan_of]; lia)). lra.
      - apply GA. unfold Width. lia. }
    assert (B2 : rsum (fun i => G2 (outs T i) Width) (seq 0 (l - 1)) <= INR (l - 1) * y).
    { rewrite <- (seq_length (l - 1) 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
        apply GR. apply outs_d; lia. }
    pose proof (GO (outs T (l - 1)) (outs_d (l - 1) ltac:(lia))) as B3.
    assert (E1 : INR (Stages - 1) = INR Stages - 1) by (rewrite minus_INR by (unfold Stages; lia);
      reflexivity).
    assert (E2 : INR (l - 1) = INR l - 1) by (rewrite minus_INR by lia; reflexivity).
    eapply Rle_trans with (y + INR l * (INR (Stages - 1) * (7 * y) + 3 * y) + INR (l - 1) * y +
      5 * y); [lra|].
    rewrite E1, E2.
    assert (LK : 1 <= INR l * INR Stages) by nra.
    enough (0 <= (10 * (INR l * INR Stages) - (7 * (INR l * INR Stages) - 3 * INR l + 5)) * y)
      by lra.
    apply Rmult_le_pos; lra. }
  assert (X : 0 < 20 * INR l * INR Stages / delta) by (apply Rdiv_lt_0_compat; nra).
  pose proof (pow_clog (4/3) (20 * INR l * INR Stages / delta) ltac:(lra)) as S1. fold Slack in S1.
  assert (YI : y * (4/3) ^ Slack = 1) by (rewrite <- Rpow_mult_distr;
    replace (3/4 * (4/3)) with 1 by field; apply pow1).
  apply (Rmult_le_compat_r delta) in S1; [|lra]. unfold Rdiv in S1 at 1.
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r in S1 by lra.
  apply (Rmult_le_compat_r y) in S1; [|lra].
  replace ((4/3) ^ Slack * delta * y) with (delta * (y * (4/3) ^ Slack)) in S1 by ring.
  rewrite YI in S1. lra.
Qed.

Lemma digit_ok : digit_sum T <= delta / 2.
Proof.
  pose proof (INR1 d Hd) as D1. pose proof (INR1 l Hl) as L1.
  unfold digit_sum. cbn [p_e p_l Plan_of].
  set (z := (1/4) ^ Spare). assert (Z : 0 < z) by (apply pow_lt; lra).
  apply Rle_trans with (INR l * ((INR d + 1) * (2 * INR d) * z)).
  { rewrite <- (seq_length l 0) at 2. apply rsum_le_const. intros i Hi. apply in_seq in Hi.
    apply Rmult_le_compat_r; [lra|]. rewrite mult_INR, S_INR.
    pose proof (le_INR _ _ (outs_d i ltac:(lia))).
    pose proof (le_INR _ _ (ins_d i ltac:(lia))) as I2.
    rewrite mult_INR in I2. change (INR 2) with 2 in I2. pose proof (pos_INR (outs T i)).
    pose proof (pos_INR (ins T i)). nra. }
  assert (X : 0 < 4 * INR l * INR d * (INR d + 1) / delta) by (apply Rdiv_lt_0_compat;
    [repeat apply Rmult_lt_0_compat|]; lra).
  pose proof (pow_clog 4 (4 * INR l * INR d * (INR d + 1) / delta) ltac:(lra)) as S1.
  fold Spare in S1.
  assert (ZI : z * 4 ^ Spare = 1) by (unfold z; rewrite <- Rpow_mult_distr;
    replace (1/4 * 4) with 1 by field; apply pow1).
  apply (Rmult_le_compat_r delta) in S1; [|lra]. unfold Rdiv in S1 at 1.
  rewrite Rmult_assoc, Rinv_l, Rmult_1_r in S1 by lra.
  apply (Rmult_le_compat_r z) in S1; [|lra].
  replace (4 ^ Spare * delta * z) with (delta * (z * 4 ^ Spare)) in S1 by ring. rewrite ZI in S1.
  lra.
Qed.
End Explicit.

(** ** the theorem *)
Theorem S4_theorem : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) -> forall nm : Norm,
  let N := Width d l eps delta in
  let L := Depth d l eps delta in
  let P := Shift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains nm dims l N L P eps).
Proof.
  intros d l eps delta Hd Hl He Hdl dims Hdims nm N L P.
  pose proof (S4_plan nm (Plan_of d l eps delta dims) d eps delta) as S.
  assert (EW : width (Plan_of d l eps delta dims) = N) by (apply width_ok; auto).
  assert (ED : depth (Plan_of d l eps delta dims) = L) by reflexivity.
  assert (EP : shift (Plan_of d l eps delta dims) = P) by reflexivity.
  rewrite EW, ED, EP in S. apply S; auto.
  - apply sizes_ok; auto.
  - apply Bits_ok; auto.
  - assert (match_sum (Plan_of d l eps delta dims) <= delta / 2) by (apply match_ok; auto).
    assert (digit_sum (Plan_of d l eps delta dims) <= delta / 2) by (apply digit_ok; auto). lra.
Qed.

(** the two norms of interest: Euclidean norm with spectral norms, maximum norm with row sums *)
Corollary S4_euclidean : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  let N := Width d l eps delta in
  let L := Depth d l eps delta in
  let P := Shift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains Euclid dims l N L P eps).
Proof. intros. apply S4_theorem; auto. Qed.
Corollary S4_maximum : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  forall dims : nat -> nat, (forall i, (i <= l)%nat -> (dims i <= d)%nat) ->
  let N := Width d l eps delta in
  let L := Depth d l eps delta in
  let P := Shift d l eps in
  at_least (1 - delta) (coords_of (shape (dims 0%nat) N L (dims l)) L)
    (contains Sup dims l N L P eps).
Proof. intros. apply S4_theorem; auto. Qed.

(** all widths d *)
Corollary S4_square : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  let N := Width d l eps delta in
  let L := Depth d l eps delta in
  let P := Shift d l eps in
  at_least (1 - delta) (coords_of (shape d N L d) L) (contains Euclid (fun _ => d) l N L P eps).
Proof. intros. apply (S4_euclidean d l eps delta H H0 H1 H2 (fun _ => d)). auto. Qed.

(** ** the hypotheses can be met, and the conclusion is not empty *)
Theorem S4_not_vacuous : forall (d l : nat) (eps delta : R),
  (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1 -> 0 < delta < 1 ->
  exists w : signs, exists M : coord -> bool, forall x, euclid d x <= 1 ->
    euclid d (vsub (fun o => / 2 ^ Shift d l eps *
                      net (shape d (Width d l eps delta) (Depth d l eps delta) d) (pruned w M)
                        (Depth d l eps delta) x o)
                   (net (fun _ => d) (fun _ i j => if (j =? i)%nat then 1 else 0) l x)) <= eps.
Proof.
  intros d l eps delta Hd Hl He Hdl.
  destruct (at_least_exists (1 - delta) _ _ ltac:(lra) (S4_square d l eps delta Hd Hl He Hdl)) as
    [w Hw].
  exists w. apply Hw. intros i _. apply identity_opnorm.
Qed.

(** ** S5: closed forms, for eps, delta <= 1/2; logarithms are rounded up *)
Theorem S5_width d l eps delta : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  0 < delta <= 1/2 ->
  (Width d l eps delta <= 4 * d + 15 * clog 2 (INR l * INR (clog 2 (INR d * INR l / eps)) / delta) +
    47)%nat.
Proof.
  intros Hd Hl He Hdl. pose proof (INR1 l Hl) as L1. pose proof (INR1 d Hd) as D1.
  pose proof (inv_half eps He) as E2. pose proof (inv_half delta Hdl) as De2.
  set (a := clog 2 (INR d * INR l / eps)).
  pose proof (pow_clog 2 (INR d * INR l / eps) ltac:(lra)) as Pa. fold a in Pa.
  assert (DL : 1 <= INR d * INR l) by nra.
  assert (A1 : 1 <= INR a).
  { apply INR1. destruct a as [|a']; [|lia]. exfalso. unfold Rdiv in Pa. cbn in Pa. nra. }
  (* d + 1 and 2 l d are at most 2^a *)
  assert (X1 : 2 * (INR d * INR l) <= 2 ^ a) by (unfold Rdiv in Pa; nra).
  assert (X2 : INR d + 1 <= 2 ^ a) by nra.
  assert (A0 : 0 < 2 ^ a) by (apply pow_lt; lra).
  assert (Sp : (Spare d l delta <= a + 1 + ceil (/ delta))%nat).
  { apply clog_least; [lra|]. rewrite !pow_add. cbn [pow].
    assert (Q : 2 ^ a * 2 ^ a = 4 ^ a) by (rewrite <- Rpow_mult_distr; f_equal; lra).
    pose proof (four_pow (ceil (/ delta))) as F. pose proof (ceil_ge (/ delta)) as C.
    unfold Rdiv.
    apply Rle_trans with ((2 * 4 ^ a) * / delta).
    - apply Rmult_le_compat_r; [lra|]. rewrite <- Q.
      replace (4 * INR l * INR d * (INR d + 1)) with (2 * ((2 * (INR d * INR l)) * (INR d + 1)))
        by ring.
      apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat; lra.
    - assert (0 < 4 ^ a) by (apply pow_lt; lra). nra. }
  assert (Kb : INR (Stages d l eps delta) <= 7/2 * (INR a * / delta)).
  { unfold Stages. change (Bits d l eps)
      with a. pose proof (le_INR _ _ Sp) as Sp'. rewrite !plus_INR in *.
    pose proof (ceil_le (/ delta) ltac:(lra)) as C. cbn [INR] in *.
    assert (INR a * 2 <= INR a * / delta) by (apply Rmult_le_compat_l; lra).
    assert (1 * / delta <= INR a * / delta) by (apply Rmult_le_compat_r; lra). lra. }
  set (Z := INR l * INR a / delta). set (c := clog 2 Z).
  pose proof (pow_clog 2 Z ltac:(lra)) as Pc. fold c in Pc.
  assert (Z0 : 0 < Z) by (unfold Z, Rdiv; repeat apply Rmult_lt_0_compat; lra).
  assert (Sl : (Slack d l eps delta <= 15 + 5 * c)%nat).
  { apply clog_least; [lra|]. rewrite pow_add, pow_mult.
    apply Rle_trans with (70 * (Z * Z)).
    - unfold Z, Rdiv.
      apply Rle_trans with (20 * INR l * (7/2 * (INR a * / delta)) * / delta).
      + apply Rmult_le_compat_r; [lra|]. apply Rmult_le_compat_l; lra.
      + replace (20 * INR l * (7/2 * (INR a * / delta)) * / delta)
          with (70 * ((INR l * INR a) * (/ delta * / delta))) by (field; lra).
        replace (70 * (INR l * INR a * / delta * (INR l * INR a * / delta)))
          with (70 * ((INR l * INR a) * (INR l * INR a) * (/ delta * / delta))) by ring.
        apply Rmult_le_compat_l; [lra|]. apply Rmult_le_compat_r; [nra|].
        assert (1 <= INR l * INR a) by nra. nra.
    - assert (Q : Z * Z <= 4 ^ c).
      { replace (4 ^ c) with (2 ^ c * 2 ^ c) by (rewrite <- Rpow_mult_distr; f_equal; lra). nra. }
      assert (T1 : 70 <= (4/3) ^ 15) by (cbn; lra).
      assert (T2 : 4 ^ c <= ((4/3) ^ 5) ^ c) by (apply pow_incr; cbn; lra).
      apply Rmult_le_compat; try lra. nra. }
  unfold Width. fold a Z c. lia.
Qed.

Theorem S5_depth d l eps delta : (1 <= d)%nat -> (1 <= l)%nat -> 0 < eps <= 1/2 ->
  0 < delta <= 1/2 ->
  (Depth d l eps delta <=
   l * (clog 2 (INR d * INR l / eps) + clog 4 (INR l * (INR d * INR d) / delta) + 7))%nat.
Proof.
  intros Hd Hl He Hdl. pose proof (INR1 l Hl) as L1. pose proof (INR1 d Hd) as D1.
  set (b := clog 4 (INR l * (INR d * INR d) / delta)).
  pose proof (pow_clog 4 (INR l * (INR d * INR d) / delta) ltac:(lra)) as Pb. fold b in Pb.
  assert (Sp : (Spare d l delta <= b + 2)%nat).
  { apply clog_least; [lra|]. rewrite pow_add. replace (4 ^ 2) with 16 by (cbn; lra).
    apply Rle_trans with (16 * (INR l * (INR d * INR d) / delta)); [|lra].
    unfold Rdiv. rewrite <- Rmult_assoc. apply Rmult_le_compat_r.
    - left. apply Rinv_0_lt_compat. lra.
    - assert (0 <= INR l * INR d) by nra.
      replace (4 * INR l * INR d * (INR d + 1)) with ((INR l * INR d) * (4 * (INR d + 1))) by ring.
      replace (16 * (INR l * (INR d * INR d))) with ((INR l * INR d) * (16 * INR d)) by ring.
      apply Rmult_le_compat_l; lra. }
  unfold Depth, Stages. fold (Bits d l eps). nia.
Qed.